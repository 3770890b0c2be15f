"""The same folder behind a real sshd, its path as odd as its names."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import replace

from backups.errors import SourceRefused, SourceUnreachable
from backups.specs import SourceSpec
from tests import sshd
from tests.contracts.engine_contract import Trouble
from tests.contracts.source_files import KIND, LivingFolder, fill

__all__ = ["KIND", "living"]


class LivingRemoteFolder(LivingFolder):
    def __init__(self, spec, strange_key):
        super().__init__(spec)
        self._strange_key = strange_key

    def troubles(self):
        user, port = re.fullmatch(r"(.+)@127.0.0.1:(\d+)", self.spec.ssh).groups()
        return (
            *super().troubles(),
            Trouble("a key it does not know", self._with(key=self._strange_key), SourceRefused),
            Trouble("no key", self._with(key=f"{self._strange_key}-hilang"), SourceRefused),
            Trouble("closed port", self._with(ssh=f"{user}@127.0.0.1:1"), SourceUnreachable),
            Trouble("no such host", self._with(ssh=f"{user}@x.invalid:{port}"), SourceUnreachable),
            Trouble("no address", self._with(ssh="-oProxyCommand=true"), SourceRefused),
        )

    def _with(self, *, ssh="", key=""):
        return replace(
            self.spec,
            ssh=ssh or self.spec.ssh,
            ssh_key_file=str(key or self.spec.ssh_key_file),
        )


@contextmanager
def living(request, folder):
    """Yield a filled folder that is reached over SSH alone."""
    root = folder / "dua kata" / "a\\b\n'c' $HOME"
    root.parent.mkdir()
    fill(root)
    with sshd.running(folder / "sshd") as server:
        strange_key = folder / "strange_key"
        sshd.make_key(strange_key)
        spec = SourceSpec(
            "berkas-jauh",
            "Berkas YANSI",
            KIND,
            path=str(root),
            ssh=server.address,
            ssh_key_file=str(server.key_file),
        )
        yield LivingRemoteFolder(spec, strange_key)
