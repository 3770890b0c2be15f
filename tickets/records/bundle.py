"""An archive of records: papers, scans, letters, an index, and the hash of everything in it."""

from __future__ import annotations

import hashlib
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from portal.lib.spreadsheet import csv_lines
from tickets.models import BeritaAcara, Bundle, Letter, RecordFile
from tickets.records import register, verification
from tickets.records.verification import Altered

INDEX_HEAD = ("berkas", "jenis", "nomor", "tanggal", "keadaan", "sha256", "catatan")
EPOCH = (1980, 1, 1, 0, 0, 0)
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Piece:
    """One file of the archive; `content` None where it is not given out, and `note` says why."""

    name: str
    kind: str
    number: str
    day: str
    state: str
    content: bytes | None
    note: str = ""


def folder() -> Path:
    """Return where archives lie until they are tidied; not among what a web server gives out."""
    return Path(settings.PULIH_VAR) / "bundles"


def bundle_file(bundle: Bundle) -> Path:
    """Return where an archive lies."""
    return folder() / Path(bundle.file).name


def write(bundle: Bundle, place: Path, on_progress: Progress) -> tuple[int, str]:
    """Write the archive to `place`; return its size and SHA-256."""
    chosen = pick(bundle)
    rows: list[tuple[str, ...]] = [INDEX_HEAD]
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        for done, one in enumerate(chosen, 1):
            rows += [_add(archive, piece) for piece in _pieces(one)]
            on_progress(done, len(chosen))
        _write(archive, "indeks.csv", "".join(csv_lines(rows)).encode())
        sums = "".join(f"{row[5]}  {row[0]}\n" for row in rows[1:] if row[5])
        _write(archive, "SHA256SUMS", sums.encode())
        _write(archive, "BACA-DAHULU.txt", _read_me(bundle, len(chosen)).encode())
    with place.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return place.stat().st_size, digest


def pick(bundle: Bundle) -> list[BeritaAcara | Letter]:
    """Return the year's numbered papers and letters, or the sample that the seed picks of them."""
    papers = register.papers(bundle.year).exclude(number="").order_by("pk")
    everything: list[BeritaAcara | Letter] = [
        *papers,
        *register.letters(bundle.year).order_by("pk"),
    ]
    if not bundle.sample or bundle.sample >= len(everything):
        return everything
    places = random.Random(bundle.seed).sample(  # noqa: S311 - a sample that can be drawn again
        range(len(everything)), bundle.sample
    )
    return [everything[place] for place in sorted(places)]


def _pieces(one: BeritaAcara | Letter) -> Iterator[Piece]:
    if isinstance(one, Letter):
        yield _letter(one)
        return
    files = RecordFile.objects.filter(berita_acara=one).select_related("berita_acara")
    for file in files.iterator(4):
        yield _paper(one, file)


def _paper(record: BeritaAcara, file: RecordFile) -> Piece:
    content, note = None, ""
    try:
        content = verification.genuine_bytes(file)
    except Altered as error:
        note = f"TIDAK ASLI: {error}"
    return Piece(
        name=f"berita-acara/{file.pk:06d}-{file.name}",
        kind=record.get_kind_display(),
        number=record.number,
        day=f"{record.issued_at:%Y-%m-%d}",
        state=f"{record.get_state_display()}, {file.get_purpose_display()}",
        content=content,
        note=note,
    )


def _letter(letter: Letter) -> Piece:
    content, note = None, ""
    try:
        with letter.scan.file.open("rb") as file:
            content = file.read()
    except OSError:
        note = "TIDAK ADA: berkasnya tidak dapat dibaca"
    if content is not None and hashlib.sha256(content).hexdigest() != letter.scan.sha256:
        content, note = None, "TIDAK ASLI: bitanya tidak lagi sama dengan saat diterima"
    return Piece(
        name=f"surat-pengajuan/{letter.pk:06d}-{letter.scan.name}",
        kind="Surat pengajuan",
        number=letter.number,
        day=letter.dated.isoformat(),
        state="Ditolak" if letter.rejected_at else "Diterima",
        content=content,
        note=note,
    )


def _add(archive: zipfile.ZipFile, piece: Piece) -> tuple[str, ...]:
    digest = ""
    if piece.content is not None:
        _write(archive, piece.name, piece.content)
        digest = hashlib.sha256(piece.content).hexdigest()
    return (piece.name, piece.kind, piece.number, piece.day, piece.state, digest, piece.note)


def _write(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    info = zipfile.ZipInfo(name, EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o640 << 16
    archive.writestr(info, content)


def _read_me(bundle: Bundle, count: int) -> str:
    which = f"sampel {bundle.sample} (benih {bundle.seed})" if bundle.sample else "semua"
    return (
        f"Rekaman mutu BPTI tahun {bundle.year}: {which}, {count} rekaman.\n"
        f"Dibuat {_time(bundle.ordered_at)}.\n\n"
        "indeks.csv menyebut setiap berkas dengan nomor, keadaan, dan SHA-256-nya.\n"
        "Periksa semuanya sekaligus: sha256sum -c SHA256SUMS\n"
        "Setiap berita acara dapat diperiksa pula dengan kode di kakinya.\n"
    )


def _time(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
