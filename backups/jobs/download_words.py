"""What a download says of itself: README.txt inside it, and the mail that brings its key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from backups.models import RestoreJob
from portal.lib.clock import WIB, now

FIRST_TOLD = 200
DUMP = {
    "postgresql": 'pg_restore --no-owner --no-acl --dbname=BASIS_DATA_BARU "dump/data"',
    "mariadb": "cat dump/data/*.sql | mariadb --binary-mode --comments BASIS_DATA_BARU",
    "sqlite": "dump/data/database.sqlite sudah berupa basis data yang utuh.",
}
TABLES = """csv/      satu berkas per tabel, dibuka dengan Excel atau LibreOffice (UTF-8, koma).
          Sel kosong berarti tidak ada nilai (NULL), "" berarti teks kosong, 0x... data biner.
          Teks yang diawali = + - @ diberi petik tunggal agar tidak dijalankan sebagai rumus."""


PART = {
    **DUMP,
    "postgresql": "pg_restore --no-owner --no-acl --table=NAMA_TABEL --dbname=BASIS_DATA_BARU"
    ' "dump/data"',
}


class Letter(NamedTuple):
    """A mail's subject and body."""

    subject: str
    body: str


LETTERS = {
    "id": Letter(
        "Data Anda siap diunduh",
        """Assalamu'alaikum {name},

data Anda dari {source}, salinan {night}, siap diunduh sampai {until}.

Buka tautan ini; kuncinya ikut di dalamnya:

{link}

Bila halaman itu menanyakan kuncinya, salin dari sini: {key}

Kunci ini hanya ada di email ini dan tidak disimpan di mana pun. Data dapat diunduh satu kali; bila
terputus di tengah, coba lagi. Jangan teruskan email ini. Bila tautannya hilang, minta petugas BPTI
membuatkan unduhan baru.

BPTI UHAMKA
""",
    ),
    "en": Letter(
        "Your data are ready to download",
        """Dear {name},

your data from {source}, copy of {night}, are ready to download until {until}.

Open this link; it carries the key:

{link}

If that page asks for the key, copy it from here: {key}

This key is in this mail alone and is kept nowhere. The data can be downloaded once; if it breaks
off, try again. Please do not forward this message. If you lose the link, ask BPTI to make a new
download.

BPTI UHAMKA
""",
    ),
}


def read_me(job: RestoreJob, told: Sequence[str], *, dump: bool = False) -> str:
    """Return README.txt: what it is, of which night, proven how, and how to use it."""
    is_tables = job.source.engine != "files"
    more = [f"... dan {len(told) - FIRST_TOLD} lagi"] if len(told) > FIRST_TOLD else []
    parts = [
        f"Data dari {job.source.name}",
        f"Salinan: {when(job.snapshot.taken_at)}",
        f"Dibuat:  {when(now())}{f', untuk {job.reference_name}' if job.reference_name else ''}",
        f"Terbukti: {job.objects_equal} dari {job.objects_total} sama dengan catatan malam itu.",
        "",
        "Data ini milik orang yang memintanya. Simpan baik-baik dan hapus bila tidak diperlukan.",
        "",
        *((TABLES,) if is_tables else ()),
        *(("dump/     isi asli, untuk dimuat kembali:", f"          {_load(job)}") if dump else ()),
        "",
        "Isi:",
        *(f"  {line}" for line in told[:FIRST_TOLD]),
        *more,
        "",
        "SHA-256 setiap berkas (periksa semuanya: sha256sum -c SHA256SUMS):",
    ]
    return "\n".join(parts) + "\n"


def _load(job: RestoreJob) -> str:
    """Return the line that loads what is in the dump; of some tables only theirs can be."""
    lines = DUMP if job.scope.get("kind") == "whole" else PART
    return lines.get(job.source.engine, "")


def when(moment: datetime) -> str:
    """Return a moment as people read it, in WIB."""
    return f"{moment.astimezone(WIB):%d-%m-%Y %H.%M} WIB"
