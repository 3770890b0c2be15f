"""A folder for the replacers' contract: links, modes, odd names, things that were not there."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

from backups.engines.files import Files
from backups.engines.files_replace import FilesReplacer
from backups.specs import WHOLE, Scope, ScopeKind, SourceSpec
from tests.contracts.replacer_contract import LivingTarget
from tests.contracts.source_files import fill

KIND = "files"


class LivingFolderTarget(LivingTarget):
    engine = Files()
    replacer = FilesReplacer()
    scopes = (WHOLE, Scope(ScopeKind.PATHS, ("surat/masuk", "surat/keluar.txt", "jauh/sekali/a")))
    beside_name = "lihat dulu"

    def __init__(self, root):
        self.root = root
        self.spec = SourceSpec("berkas", "Berkas BPTI", KIND, path=str(root))

    def damage(self, scope):
        shutil.rmtree(self.root / "surat" / "masuk" / "dalam")
        (self.root / "surat" / "masuk" / "satu").write_text("rusak")
        (self.root / "surat" / "masuk" / "tambahan").write_text("baru")
        (self.root / "surat" / "keluar.txt").write_text("tertimpa")
        shutil.rmtree(self.root / "jauh")
        (self.root / "di luar.txt").write_text("di luar")
        if scope == WHOLE:
            (self.root / "baru").mkdir(mode=0o700)

    def write_more(self):
        (self.root / "surat" / "masuk" / "kemudian").write_text("sesudahnya")
        (self.root / "surat" / "keluar.txt").write_text("disunting lagi")

    def names(self):
        return set(os.listdir(self.root.parent))  # noqa: PTH208 - names alone


@contextmanager
def living(request, folder):
    """Yield a filled folder of this machine."""
    root = Path(folder) / "berkas"
    fill(root)
    inner = root / "surat" / "masuk" / "dalam"
    inner.mkdir(parents=True)
    (root / "surat" / "masuk" / "satu").write_text("isi")
    (root / "surat" / "masuk" / "satu").chmod(0o604)
    (root / "surat" / "masuk" / "pintas").symlink_to("/tidak/ada")
    (inner / "dua").hardlink_to(root / "surat" / "masuk" / "satu")
    (root / "surat" / "keluar.txt").write_text("asli")
    (root / "jauh" / "sekali").mkdir(parents=True)
    (root / "jauh" / "sekali" / "a").write_text("a")
    (root / "di luar.txt").write_text("dulu")
    yield LivingFolderTarget(root)
