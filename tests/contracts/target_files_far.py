"""The same folder behind a real sshd, its path as odd as its names."""

import os
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests import sshd
from tests.contracts import target_files
from tests.contracts.target_files import KIND

__all__ = ["KIND", "living"]


@contextmanager
def living(request, folder):
    """Yield a filled folder that is reached over SSH alone."""
    home = Path(folder) / "dua kata" / os.fsdecode(b"a\\b\n'c' $HOME [x]\xe9")
    home.mkdir(parents=True)
    with target_files.living(request, home) as target, sshd.running(folder / "sshd") as server:
        key = str(server.key_file)
        target.spec = replace(target.spec, ssh=server.address, ssh_key_file=key)
        yield target
