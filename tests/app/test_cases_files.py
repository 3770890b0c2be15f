"""Files that people send: known kinds only, images drawn anew, quarantined, never in the open."""

import io
import socket
import stat
import struct
import threading
import unicodedata
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from portal.audit.models import AuditEvent
from portal.lib import paper
from tests.app.cases import DAY, MINUTE, MONDAY, PDF, act, drafted, filed, fresh
from tickets import clamd
from tickets.actions import files
from tickets.errors import (
    FileEmpty,
    FileKindRefused,
    FileNotWhatItSays,
    FileTooLarge,
    ImageBroken,
    LetterScanMissing,
    NotYours,
    TooManyFiles,
)
from tickets.filenames import LONGEST, clean
from tickets.models import Attachment, Letter, Quarantine
from tickets.uploads import LARGEST, LONGEST_SIDE, MOST_FILES, take_in

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def picture(kind="JPEG", size=(64, 48), **options) -> bytes:
    image = Image.new("RGB", size, (200, 30, 60))
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def document(inside: str, kind: str) -> bytes:
    """The smallest zip that is an Office document of this kind."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", f'<?xml version="1.0"?><Types>{kind}</Types>')
        archive.writestr("_rels/.rels", "<Relationships/>")
        archive.writestr(inside, "<document/>")
    return out.getvalue()


def short(value) -> str:
    return value.__name__ if isinstance(value, type) else str(value)[:16]


# Kinds


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("surat.pdf", PDF, "application/pdf"),
        ("catatan.txt", b"Nilai kelas 3B\n", "text/plain"),
        ("nilai.csv", b"nim,nilai\n1,A\n2,B\n", "text/csv"),
        ("satu-kolom.csv", b"nim\n1\n2\n", "text/csv"),
        ("daftar.txt", b"nim,nilai,sks\n1,A,2\n2,B,3\n3,C,4\n", "text/plain"),
        ("layar.png", picture("PNG"), "image/png"),
        ("foto.JPG", picture(), "image/jpeg"),
        (
            "nilai.xlsx",
            document("xl/workbook.xml", "spreadsheetml"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
    ],
)
def test_known_kinds_are_taken_in(name, content, kind):
    assert take_in(name, content).kind == kind


def test_a_photo_of_a_phone_becomes_one_that_every_browser_shows():
    upload = take_in("IMG_0001.HEIC", picture("HEIF"))
    assert (upload.name, upload.kind) == ("IMG_0001.jpg", "image/jpeg")
    with Image.open(io.BytesIO(upload.content)) as image:
        assert (image.format, image.size) == ("JPEG", (64, 48))


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("virus.exe", b"MZ\x90\x00" + b"\0" * 100, FileKindRefused),
        ("halaman.html", b"<html><script>alert(1)</script></html>", FileKindRefused),
        ("gambar.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", FileKindRefused),
        ("tanpa-akhiran", PDF, FileKindRefused),
        ("surat.pdf.exe", PDF, FileKindRefused),
        ("surat.pdf", b"MZ\x90\x00" + b"\0" * 100, FileKindRefused),
        ("surat.pdf", b"<html><script>alert(1)</script></html>", FileKindRefused),
        ("surat.pdf", picture(), FileNotWhatItSays),
        ("foto.jpg", PDF, FileNotWhatItSays),
        ("foto.jpg", b"GIF89a" + b"\0" * 50, FileKindRefused),
        ("arsip.docx", document("a.txt", ""), FileKindRefused),
        ("kosong.pdf", b"", FileEmpty),
        ("besar.pdf", PDF + b"\0" * LARGEST, FileTooLarge),
        ("rusak.jpg", picture()[:200], ImageBroken),
        ("rusak.png", picture("PNG")[:60], ImageBroken),
    ],
    ids=short,
)
def test_what_is_not_known_or_not_what_it_says_is_refused_by_name(name, content, error):
    with pytest.raises(error, match=name[:6]):
        take_in(name, content)


# Images


def test_a_picture_cut_short_is_refused_also_where_papers_are_made():
    assert paper.SHELF  # its import of WeasyPrint would let broken pictures pass
    with pytest.raises(ImageBroken):
        take_in("rusak.png", picture("PNG")[:60])


def test_nothing_rides_along_with_a_picture():
    exif = Image.Exif()
    exif[0x010E] = "RAHASIA"  # description
    exif[0x8825] = {1: "S", 2: (6.0, 12.0, 0.0)}  # where it was taken
    original = picture(exif=exif, comment=b"RAHASIA") + b"RAHASIA"
    upload = take_in("foto.jpg", original)
    assert b"RAHASIA" in original
    assert b"RAHASIA" not in upload.content
    with Image.open(io.BytesIO(upload.content)) as image:
        assert not image.getexif()


def test_a_picture_taken_sideways_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    upload = take_in("foto.jpg", picture(size=(64, 48), exif=exif))
    with Image.open(io.BytesIO(upload.content)) as image:
        assert image.size == (48, 64)


def test_a_huge_picture_is_made_smaller():
    upload = take_in("peta.png", picture("PNG", size=(5000, 100)))
    with Image.open(io.BytesIO(upload.content)) as image:
        assert max(image.size) == LONGEST_SIDE


@pytest.mark.parametrize("claimed", [(60_000, 60_000), (12_000, 9_000), (2**31 - 1, 1)])
def test_a_picture_that_would_fill_the_memory_is_refused(claimed):
    bomb = bytearray(picture("PNG"))
    bomb[16:24] = struct.pack("!II", *claimed)
    bomb[29:33] = struct.pack("!I", zlib.crc32(bomb[12:29]))
    with pytest.raises(ImageBroken):
        take_in("bom.png", bytes(bomb))


# Names


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("Surat Pengajuan.PDF", "Surat Pengajuan.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\rahma\\nilai.xlsx", "nilai.xlsx"),
        ("a\r\nSet-Cookie: x.pdf", "a_.pdf"),
        ('"; rm -rf.pdf', "__ rm -rf.pdf"),
        ("\u202efdp.exe", "fdp.exe"),
        ("  . .hidden.txt", "hidden.txt"),
        ("", "berkas"),
        ("....", "berkas"),
        ("نتائج.pdf", "نتائج.pdf"),
    ],
)
def test_names_are_made_harmless(name, cleaned):
    if "Set-Cookie" in name:
        assert "\n" not in clean(name)
        assert "\r" not in clean(name)
        return
    assert clean(name) == cleaned


@given(st.text(max_size=300))
def test_whatever_it_was_called_a_name_is_safe(name):
    cleaned = clean(name)
    assert 0 < len(cleaned) <= LONGEST
    assert not set(cleaned) & set('/\\:<>"|?*\0\r\n')
    assert not cleaned.startswith((".", " "))
    assert all(unicodedata.category(c) not in {"Cc", "Cf", "Cs"} for c in cleaned)
    assert clean(cleaned) == cleaned


# Kept out of sight


@pytest.mark.django_db
def test_a_file_lies_where_no_address_leads_and_no_name_tells(desk, settings):
    ticket = desk.filed()
    kept = files.attach(ticket, "rahasia nilai.pdf", PDF, act(desk.reporter, ticket))
    place = Path(kept.file.path)
    assert place.is_relative_to(settings.PULIH_VAR / "attachments")
    assert not place.is_relative_to(settings.STATIC_ROOT)
    assert "nilai" not in str(place)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert place.read_bytes() == PDF
    with pytest.raises(ValueError, match="no address"):
        _ = kept.file.url


@pytest.mark.django_db
def test_only_so_many_files_are_taken_from_one_person(desk):
    draft = drafted(desk.reporter)
    for _ in range(MOST_FILES):
        files.attach_to_draft(draft, "a.pdf", PDF, MONDAY)
    with pytest.raises(TooManyFiles):
        files.attach_to_draft(draft, "a.pdf", PDF, MONDAY)


@pytest.mark.django_db
def test_a_file_of_a_draft_can_be_taken_back_until_it_is_sent(desk):
    draft = drafted(desk.reporter)
    kept = files.attach_to_draft(draft, "a.pdf", PDF, MONDAY)
    place = Path(kept.file.path)
    assert files.detach_from_draft(kept)
    assert not place.exists()
    ticket = desk.filed()
    sent = files.attach(ticket, "a.pdf", PDF, act(desk.reporter, ticket))
    assert not files.detach_from_draft(sent)


@pytest.mark.django_db
def test_files_of_somebody_unconfirmed_are_opened_by_nobody(desk):
    ticket = filed(None)
    kept = files.attach(ticket, "a.pdf", PDF, act(desk.front_desk, ticket))
    assert not kept.is_openable
    assert kept not in Attachment.objects.openable()
    type(ticket).objects.filter(pk=ticket.pk).update(confirmed_at=MONDAY)
    assert Attachment.objects.get().is_openable
    assert kept in Attachment.objects.openable()


@pytest.mark.django_db
def test_somebody_else_attaches_nothing(desk, stranger):
    ticket = desk.filed()
    with pytest.raises(NotYours):
        files.attach(ticket, "a.pdf", PDF, act(stranger, ticket))
    assert not Attachment.objects.exists()


# Letters


@pytest.mark.django_db
def test_a_letter_counts_with_a_scan_of_its_own_case_only(desk):
    ticket, other = desk.filed(), desk.filed()
    elsewhere = files.attach(other, "s.pdf", PDF, act(desk.reporter, other))
    with pytest.raises(LetterScanMissing):
        files.give_letter(ticket, "1", MONDAY.date(), elsewhere, act(desk.reporter, ticket))
    desk.with_letter(ticket)
    assert Letter.objects.standing().count() == 1
    Attachment.objects.update(quarantine=Quarantine.INFECTED)
    assert Letter.objects.standing().count() == 0


# The scanner: a small clamd that speaks the real protocol on a real socket


class Clamd:
    """Answers INSTREAM as clamd does; `answer` overrides what it says."""

    def __init__(self, listener: socket.socket):
        self.listener = listener
        self.answer: bytes | None = None
        self.received: list[bytes] = []

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                self._hear(connection)

    def _hear(self, connection):
        with connection.makefile("rb") as stream:
            assert stream.read(10) == b"zINSTREAM\0"
            content = b""
            while (size := struct.unpack("!I", stream.read(4))[0]) > 0:
                content += stream.read(size)
        self.received.append(content)
        verdict = b"stream: Eicar-Test-Signature FOUND" if EICAR in content else b"stream: OK"
        connection.sendall((verdict if self.answer is None else self.answer) + b"\0")


@contextmanager
def listening(address):
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family) as listener:
        listener.bind(address)
        listener.listen()
        scanner = Clamd(listener)
        thread = threading.Thread(target=scanner.serve, daemon=True)
        thread.start()
        yield scanner
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=5)


@pytest.fixture
def scanner(tmp_path, settings):
    settings.PULIH_CLAMD = str(tmp_path / "c.sock")
    with listening(settings.PULIH_CLAMD) as scanner:
        yield scanner


def test_the_scanner_hears_every_byte_and_its_word_is_taken(scanner, settings):
    content = bytes(range(256)) * 2000
    assert clamd.scan(content, settings.PULIH_CLAMD).clean
    assert scanner.received == [content]
    assert clamd.scan(EICAR, settings.PULIH_CLAMD).finding == "Eicar-Test-Signature"


def test_the_scanner_may_listen_on_a_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with listening(("127.0.0.1", port)):
        assert clamd.scan(b"x", f"127.0.0.1:{port}").clean


@pytest.mark.parametrize(
    "answer", [b"", b"INSTREAM size limit exceeded. ERROR", b"stream: x ERROR", b"OK?"]
)
def test_what_is_no_verdict_is_no_yes(scanner, settings, answer):
    scanner.answer = answer
    with pytest.raises(clamd.ScanFailed):
        clamd.scan(b"x", settings.PULIH_CLAMD)


@pytest.mark.django_db
def test_a_file_waits_until_the_scanner_has_spoken(desk, scanner):
    ticket = desk.filed()
    kept = files.attach(ticket, "a.pdf", PDF, act(desk.reporter, ticket))
    assert (kept.quarantine, kept.is_openable) == (Quarantine.WAITING, False)
    assert files.scan_attachment(kept.pk, MONDAY) == Quarantine.CLEAN
    assert Attachment.objects.get().is_openable
    assert files.scan_attachment(kept.pk, MONDAY) is None
    assert len(scanner.received) == 1


@pytest.mark.django_db
def test_an_infected_file_stays_shut_and_is_recorded(desk, scanner):
    ticket = desk.filed()
    kept = files.attach(ticket, "a.txt", EICAR, act(desk.reporter, ticket))
    files.scan_attachment(kept.pk, MONDAY)
    assert Attachment.objects.get().quarantine == Quarantine.INFECTED
    assert AuditEvent.objects.get(verb="attachment.infected").facts["finding"].startswith("Eicar")
    with pytest.raises(LetterScanMissing):
        files.give_letter(
            fresh(ticket), "1", MONDAY.date(), Attachment.objects.get(), act(desk.reporter, ticket)
        )


@pytest.mark.django_db
def test_a_scanner_that_is_down_keeps_files_shut_and_is_asked_again(desk, settings, tmp_path):
    settings.PULIH_CLAMD = str(tmp_path / "nobody.sock")
    ticket = desk.filed()
    kept = files.attach(ticket, "a.pdf", PDF, act(desk.reporter, ticket))
    files.scan_attachment(kept.pk, MONDAY)
    failed = Attachment.objects.get()
    assert (failed.quarantine, failed.is_openable) == (Quarantine.SCAN_FAILED, False)
    assert "nobody.sock" in failed.finding
    assert files.scan_waiting(MONDAY + MINUTE) == 0
    assert files.scan_waiting(MONDAY + 6 * MINUTE) == 1
    with listening(settings.PULIH_CLAMD):
        files.scan_waiting(MONDAY + DAY)
    assert Attachment.objects.get().is_openable
