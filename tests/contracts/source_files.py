"""A folder for the contract: odd names, links to nowhere, holes, and what is no file at all."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from backups.engines.files import Files
from backups.engines.files_names import decode_name
from backups.errors import SourceRefused, SourceUnreachable
from backups.specs import SourceSpec
from tests.contracts.engine_contract import LivingSource, Trouble

KIND = "files"

FILES = {
    "ijazah.txt": b"Dengan ini menerangkan\n",
    "kosong": b"",
    "ijazah.txt.bak/salinan 'lama' \"sekali\".txt": b"lama\n",
    "Tahun 2026/nilai é 日.csv": b"nim;nilai\n1;A\n",
    "Tahun 2026/dua\nbaris.txt": b"1\n2\n",
    "Tahun 2026/*?[a]{b}$HOME.txt": b"*",
    "-rf": b"",
    "a" * 255: b"panjang",
}
BYTE_NAMES = {b"latin-\xe9\\.txt": "latin-\\xe9\\\\.txt", b"b\\xe9": "b\\\\xe9"}
FOLDERS = (".", "ijazah.txt.bak", "Tahun 2026", "Tahun 2026/kosong")
LINKS = {
    "terbaru": "Tahun 2026",
    "hilang": "tidak/ada",
    "mutlak": "/etc/hostname",
    "putaran": "putaran",
    "Tahun 2026/naik": "..",
}


class LivingFolder(LivingSource):
    engine = Files()
    objects = {
        **{("file", name): None for name in (*FILES, *BYTE_NAMES.values(), "berlubang")},
        **{("folder", name): None for name in FOLDERS},
        **{("symlink", name): None for name in LINKS},
        ("fifo", "pipa"): None,
    }

    def __init__(self, spec):
        self.spec = spec

    def place(self, kind, name):
        return decode_name(name).split(b"/") if name != "." else []

    def change(self):
        with Path(self.spec.path, "ijazah.txt").open("ab") as file:
            file.write(b"lulus\n")
        return ("file", "ijazah.txt")

    def troubles(self):
        path = self.spec.path
        return (
            Trouble("missing", replace(self.spec, path=f"{path}/tidak ada"), SourceUnreachable),
            Trouble("a file", replace(self.spec, path=f"{path}/ijazah.txt"), SourceRefused),
            Trouble("not a full path", replace(self.spec, path="ijazah"), SourceRefused),
            Trouble("bad pattern", replace(self.spec, excludes=("[z-a]",)), SourceRefused),
        )


def fill(root):
    """Make the folder `root` with all that the contract's source holds."""
    for name in FOLDERS:
        (root / name).mkdir()
    for name, data in FILES.items():
        (root / name).write_bytes(data)
    for name, target in LINKS.items():
        (root / name).symlink_to(target)
    for name in BYTE_NAMES:
        (root / os.fsdecode(name)).write_bytes(name)
    with (root / "berlubang").open("wb") as file:
        file.truncate(3_000_000)
        file.seek(1_000_000)
        file.write(b"di tengah")
    os.mkfifo(root / "pipa")


@contextmanager
def living(request, folder):
    """Yield a filled folder of this machine."""
    root = folder / "berkas"
    fill(root)
    yield LivingFolder(SourceSpec("berkas", "Berkas BPTI", KIND, path=str(root)))
