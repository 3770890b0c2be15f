"""Whether a record is genuine: its stored bytes, its row and the audit trail say the same hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from portal.audit.chain import NotCanonical
from portal.audit.models import AuditEvent
from tickets.models import (
    NUMBERED,
    BeritaAcara,
    ByteWalk,
    FilePurpose,
    Letter,
    RecordFile,
    RecordState,
)

AT_ONCE = 20  # papers in memory
BLOCK = 1 << 20
EVENTS = {
    FilePurpose.ISSUED: "berita_acara.issued",
    FilePurpose.CANCELLED: "berita_acara.marked",
    FilePurpose.SCAN: "berita_acara.scanned",
}


class Altered(Exception):
    """Stored bytes are not those that were kept; they are never given out as the record."""


class Bad(NamedTuple):
    """A file that is not as it was kept."""

    name: str
    reason: str


def genuine_bytes(file: RecordFile) -> bytes:
    """Return a file's bytes; raise Altered when bytes, row and audit trail disagree."""
    content = bytes(file.content)
    if reason := _difference(file, content):
        raise Altered(reason)
    return content


def _difference(file: RecordFile, content: bytes) -> str:
    found = hashlib.sha256(content).hexdigest()
    if found != file.sha256:
        return "bitanya tidak lagi sama dengan saat disimpan"
    record = file.berita_acara
    if file.purpose == FilePurpose.ISSUED and record.sha256 != found:
        return "SHA-256 pada barisnya tidak sama dengan bitanya"
    if found not in _hashes_in_trail(record, file.purpose):
        return "SHA-256 yang tercatat dalam jejak audit lain"
    return ""


def _hashes_in_trail(record: BeritaAcara, purpose: str) -> set[str]:
    """Return the hashes under which the audit trail knows files of this purpose."""
    events = AuditEvent.objects.filter(
        verb=EVENTS[FilePurpose(purpose)],
        object_kind=record._meta.label_lower,  # noqa: SLF001 - Django documents _meta
        object_id=str(record.pk),
    )
    try:
        return {event.facts.get("sha256", "") for event in events}
    except NotCanonical:
        return set()


def issued_file(record: BeritaAcara) -> RecordFile | None:
    """Return the issued document."""
    return record.files.filter(purpose=FilePurpose.ISSUED).first()


def trouble_of(record: BeritaAcara) -> str:
    """Return why an issued record is not genuine; "" when it is."""
    file = issued_file(record)
    if file is None:
        return "dokumennya tidak tersimpan"
    return _difference(file, bytes(file.content))


def status_of(record: BeritaAcara) -> str:
    """Return valid, cancelled or replaced."""
    if record.state != RecordState.CANCELLED:
        return "valid"
    replaced = record.replacements.filter(state__in=NUMBERED).exists()
    return "replaced" if replaced else "cancelled"


def by_code(code: str) -> BeritaAcara | None:
    """Return the record with a code, however it was typed."""
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return BeritaAcara.objects.numbered().filter(code=plain).first()


def walk(now: datetime) -> ByteWalk:
    """Read every stored paper, scan and letter, keep what was found and return it."""
    files, bad = 0, []
    for name, reason in _looked_at():
        files += 1
        if reason:
            bad.append({"name": name, "reason": reason})
    missing = BeritaAcara.objects.numbered().exclude(files__purpose=FilePurpose.ISSUED)
    bad += [{"name": one.number, "reason": "dokumennya tidak tersimpan"} for one in missing]
    return ByteWalk.objects.create(at=now, files=files, bad=bad)


def _looked_at() -> Iterator[Bad]:
    rows = RecordFile.objects.select_related("berita_acara").order_by("pk")
    for file in rows.iterator(AT_ONCE):
        yield Bad(file.name, _difference(file, bytes(file.content)))
    for letter in Letter.objects.select_related("scan").order_by("pk").iterator(AT_ONCE):
        yield Bad(f"{letter.number} ({letter.scan.name})", _letter_difference(letter))


def _letter_difference(letter: Letter) -> str:
    digest = hashlib.sha256()
    try:
        with letter.scan.file.open("rb") as file:
            while block := file.read(BLOCK):
                digest.update(block)
    except OSError:
        return "berkasnya tidak dapat dibaca"
    same = digest.hexdigest() == letter.scan.sha256
    return "" if same else "bitanya tidak lagi sama dengan saat diterima"
