"""The repository of documents, the demonstration's folder: decrees, minutes, scanned letters."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

from portal.demo.academic import SEED, invented_name
from portal.demo.words import FACULTIES, POST_SENTENCES

YEARS = range(2021, 2027)
KINDS = ("sk", "notulen", "surat", "laporan")
EACH = 8  # documents of each kind, year and faculty


def fill(folder: Path) -> None:
    """Make the folder with all its documents where there is none yet."""
    if folder.exists():
        return
    draft = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    random = Random(f"{SEED} dokumen")  # noqa: S311 - the same files everywhere
    for code, name, _ in FACULTIES:
        for year in YEARS:
            _fill_year(draft / code / str(year), name, year, random)
    (draft / "terbaru").symlink_to(f"{FACULTIES[0][0]}/{YEARS[-1]}")
    (draft / "Baca dulu - panduan penamaan berkas.txt").write_text(
        "Nama berkas: jenis-tahun-nomor. Pindaian disimpan sebagai PDF.\n", encoding="utf-8"
    )
    draft.rename(folder)


def _fill_year(folder: Path, faculty: str, year: int, random: Random) -> None:
    folder.mkdir(parents=True)
    for kind in KINDS:
        for number in range(1, EACH + 1):
            lines = _text(kind, faculty, year, number, random)
            stem = folder / f"{kind}-{year}-{number:03}"
            if kind in {"sk", "surat"}:
                stem.with_suffix(".pdf").write_bytes(pdf(lines, random.randbytes(6000)))
            else:
                stem.with_suffix(".txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _text(kind: str, faculty: str, year: int, number: int, random: Random) -> list[str]:
    body = [random.choice(POST_SENTENCES) for _ in range(random.randint(3, 12))]
    head = f"{kind.upper()} Nomor {number:03}/{year}, Fakultas {faculty}"
    return [head, "", *body, "", f"Ditandatangani: {invented_name(random)}"]


def pdf(lines: list[str], scan: bytes) -> bytes:
    """Return a one-page PDF 1.4 that shows `lines` and carries `scan` as an attachment's bytes."""
    shown = " T* ".join(f"({_escaped(line)}) Tj" for line in lines)
    text = f"BT /F1 11 Tf 14 TL 56 780 Td {shown} ET".encode("latin-1", "replace")
    resources = b"<< /Font << /F1 5 0 R >> >>"
    bodies = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources %s >>"
        % resources,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(scan), scan),
    )
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(bodies) + 1)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % table)


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
