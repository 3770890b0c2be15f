"""Issuing a berita acara: number, paper and bytes in one transaction, once, kept for ever."""

import hashlib
import io
import json
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from pyhanko.pdf_utils.reader import PdfFileReader

from backups.models import Source
from portal.audit.models import AuditEvent
from portal.lib import paper
from tests.app.cases import DAY, MONDAY, fresh
from tests.app.records import NOON, drafted_of, issue, issued_of
from tickets import issuing, kept_records
from tickets.actions import recording
from tickets.errors import RecordMoved, RecordNotReady, WordsMissing
from tickets.models import (
    BeritaAcara,
    FilePurpose,
    NumberSeries,
    RecordFile,
    RecordKind,
    RecordState,
)
from tickets.records import document, enclosing
from tickets.records.case_facts import CaseFacts


def order(desk, kind=RecordKind.RECOVERED) -> BeritaAcara:
    return recording.order_issue(drafted_of(desk, kind), desk.front_desk, NOON)


def enclosed(pdf: bytes) -> dict[str, bytes]:
    """Read the files that lie inside a PDF."""
    names = PdfFileReader(io.BytesIO(pdf)).root["/Names"]["/EmbeddedFiles"]["/Names"]
    files = [names[place].get_object() for place in range(1, len(names), 2)]
    return {str(file["/UF"]): file["/EF"]["/F"].get_object().data for file in files}


def test_an_issued_record_has_its_number_its_bytes_and_an_event(desk, head, institution):
    record = issued_of(desk)
    file = record.files.get()
    assert (record.state, record.number) == (RecordState.ISSUED, "001/BA-01/BPTI/2026")
    assert file.sha256 == record.sha256 == hashlib.sha256(bytes(file.content)).hexdigest()
    event = AuditEvent.objects.get(verb="berita_acara.issued")
    assert event.facts["sha256"] == record.sha256
    assert event.object_name == record.number
    assert record.stamp["anchor"].startswith(f"{event.sequence - 1}:")


def test_the_paper_says_what_happened(desk, head, institution):
    record = issued_of(desk)
    page = document.article(record.content, record.stamp)
    for words in (
        "Dua Puluh Tiga", "Dua Ribu Dua Puluh Enam", "(23-11-2026)", "Joko Server", "Rahma Dosen",
        "014/FKIP/XI/2026", "Bapak Kabag", "nilai_mahasiswa", "a" * 64, "(bukan pelaksana)",
        "13 Jumadilakhir 1448 H", "Erizal Kepala", fresh(record.ticket).number,
    ):  # fmt: skip
        assert words in page, words


def test_all_that_was_agreed_can_be_read_on_the_paper(desk, head, institution):
    record = issued_of(desk)
    pdf = bytes(record.files.get().content)
    argv = ["pdftotext", "-layout", "-", "-"]
    printed = subprocess.run(argv, input=pdf, stdout=subprocess.PIPE, check=True).stdout.decode()
    said = [value for party in record.content["parties"] for row in party["rows"] for value in row]
    said += [line for fact in record.content["facts"] for line in (fact["label"], *fact["lines"])]
    words = {word for line in said for word in line.split()}
    assert len(words) > 40
    assert words - set(printed.split()) == set()


def test_the_files_inside_the_paper_equal_the_case(desk, head, institution):
    record = issued_of(desk)
    files = enclosed(bytes(record.files.get().content))
    case = CaseFacts(fresh(record.ticket))
    assert json.loads(files["perbandingan.json"]) == enclosing.comparison(case)
    assert json.loads(files["manifest.json"]) == enclosing.manifest(case.plan.snapshot)
    told = {one["name"]: one["sha256"] for one in record.stamp["enclosed"]}
    assert told == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    assert "rahasia" not in files["garis-waktu.csv"].decode()


def test_a_paper_is_a_tagged_pdf_a_3_with_its_output_intent(desk, head, institution):
    pdf = PdfFileReader(io.BytesIO(bytes(issued_of(desk).files.get().content)))
    xmp = pdf.root["/Metadata"].data.decode()
    assert 'pdfaid:part="3"' in xmp or "<pdfaid:part>3" in xmp
    assert "pdfaid:conformance" in xmp
    assert pdf.root["/MarkInfo"]["/Marked"]
    assert pdf.root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    files = {file.get_object()["/UF"]: file.get_object() for file in pdf.root["/AF"]}
    assert {str(file["/AFRelationship"]) for file in files.values()} == {"/Data"}
    assert len(files) == 3


def test_two_who_press_at_once_leave_one_record(desk, head):
    record = drafted_of(desk)
    other = BeritaAcara.objects.get(pk=record.pk)
    recording.order_issue(record, desk.front_desk, NOON)
    with pytest.raises(RecordMoved):
        recording.order_issue(other, desk.analyst, NOON)
    issue(record)
    assert issuing.issue(record.pk, NOON) is None
    assert BeritaAcara.objects.numbered().count() == RecordFile.objects.count() == 1


def test_pressing_draft_twice_gives_the_draft_that_is_there(desk):
    ticket = desk.confirmed()
    first = recording.draft_for_case(ticket, RecordKind.RECOVERED, desk.front_desk, NOON)
    again = recording.draft_for_case(ticket, RecordKind.RECOVERED, desk.analyst, NOON)
    assert first.pk == again.pk


def test_a_crash_between_number_and_paper_leaves_neither(desk, head, monkeypatch):
    record = order(desk)

    def crash(*_, **__):
        raise RuntimeError("killed")

    with monkeypatch.context() as broken:
        broken.setattr(document, "to_record", crash)
        with pytest.raises(RuntimeError):
            issuing.issue(record.pk, NOON)
    assert NumberSeries.objects.filter(name="BA-01/BPTI").count() == 0
    assert BeritaAcara.objects.get(pk=record.pk).state == RecordState.ISSUING
    assert issue(record).number == "001/BA-01/BPTI/2026"


def test_a_doorbell_nobody_heard_is_rung_again(desk, head):
    order(desk)
    assert issuing.ring_waiting(NOON) == 0
    assert issuing.ring_waiting(NOON + timedelta(minutes=2)) == 1


@pytest.mark.parametrize(
    ("at", "number"),
    [
        (datetime(2026, 12, 31, 16, 59, 59, tzinfo=UTC), "001/BA-01/BPTI/2026"),
        (datetime(2026, 12, 31, 17, 0, 0, tzinfo=UTC), "001/BA-01/BPTI/2027"),
    ],
)
def test_the_year_turns_at_midnight_in_jakarta(desk, head, at, number):
    record = recording.order_issue(drafted_of(desk), desk.front_desk, at)
    issued = issue(record, at)
    assert issued.number == number
    assert issued.year == int(number[-4:])


def test_a_record_of_recovered_data_needs_the_restore_and_another_s_look(desk):
    record = recording.draft_for_case(desk.restored(), RecordKind.RECOVERED, desk.front_desk, NOON)
    with pytest.raises(RecordNotReady, match="selain pelaksana"):
        recording.order_issue(record, desk.front_desk, NOON)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tickets_beritaacara SET number = '999/BA-01/BPTI/2026'",
        "UPDATE tickets_beritaacara SET stamp = '{}'",
        "UPDATE tickets_beritaacara SET state = 'draft', ordinal = NULL",
        "UPDATE tickets_recordfile SET sha256 = 'x'",
        "UPDATE tickets_recordfile SET size = 1",
        "DELETE FROM tickets_recordfile",
        "DELETE FROM tickets_beritaacara",
    ],
)
def test_the_database_refuses_to_change_or_delete_what_was_issued(desk, head, statement):
    issued_of(desk)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_every_refusal_stands_after_all_migrations(db):
    assert kept_records.is_armed(connection)


def test_a_cancelled_record_keeps_number_and_bytes_and_gets_a_marked_copy(desk, head):
    record = issued_of(desk)
    before = bytes(record.files.get().content)
    with pytest.raises(WordsMissing):
        recording.cancel(record, "  ", desk.front_desk, NOON)
    recording.cancel(record, "Nama pemohon keliru", desk.front_desk, NOON)
    issuing.mark_cancelled(record.pk, NOON)
    assert issuing.mark_cancelled(record.pk, NOON) is None
    files = {file.purpose: bytes(file.content) for file in record.files.all()}
    assert files[FilePurpose.ISSUED] == before
    assert files[FilePurpose.CANCELLED].startswith(before)
    assert BeritaAcara.objects.get(pk=record.pk).number == "001/BA-01/BPTI/2026"
    assert AuditEvent.objects.filter(verb="berita_acara.cancelled").count() == 1
    with pytest.raises(RecordMoved):
        recording.cancel(record, "Sekali lagi", desk.front_desk, NOON)


def test_the_record_that_replaces_it_refers_to_it(desk, head):
    record = issued_of(desk)
    recording.cancel(record, "Nama pemohon keliru", desk.front_desk, NOON)
    new = recording.draft_anew(record, desk.front_desk, NOON)
    assert recording.draft_anew(record, desk.analyst, NOON).pk == new.pk
    issued = issue(recording.order_issue(new, desk.front_desk, NOON))
    assert issued.number == "002/BA-01/BPTI/2026"
    page = document.article(issued.content, issued.stamp)
    assert "Menggantikan Berita Acara Nomor 001/BA-01/BPTI/2026" in page


def test_a_missing_font_refuses_the_issue_and_says_which(desk, head, monkeypatch):
    record = order(desk)
    with monkeypatch.context() as without:
        find = paper.finders.find
        without.setattr(paper.finders, "find", lambda name: None if "-700" in name else find(name))
        assert issuing.issue(record.pk, NOON) is None
    record.refresh_from_db()
    assert (record.state, record.ordinal) == (RecordState.ISSUING, None)
    assert "record-latin-700.ttf" in record.trouble
    assert issue(recording.try_again(record, desk.front_desk, NOON)).ordinal == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [("tidak-ada.png", "tidak dapat dibaca"), ("logo.exe", "bukan SVG"), ("", "")],
)
def test_a_missing_logo_refuses_and_no_logo_is_laid_out(desk, head, settings, name, words):
    settings.PULIH_LOGO = f"/tidak/ada/{name}" if name else ""
    record = order(desk)
    issuing.issue(record.pk, NOON)
    record.refresh_from_db()
    assert words in record.trouble
    assert (record.state == RecordState.ISSUED) == (not name)


AWKWARD = {
    "many objects": {},
    "a long name": {"first_name": "Abdurrahman " * 10},
    "a name without blanks": {"first_name": "A" * 120},
    "arabic": {"objects": "ملف الدرجات: بسم الله الرحمن الرحيم"},
    "javanese": {"objects": "ꦢꦠꦤꦶꦭꦻ"},
    "markup": {"objects": '<script>alert(1)</script> & "kutip"'},
    "nothing in the optional parts": {
        "hijri": "", "witnesses": "", "copies_to": "", "missing": "", "note": "", "lost": "",
    },
    "four witnesses": {"witnesses": "\n".join(f"Saksi {n}; Staf; NIP-{n}" for n in range(6))},
}  # fmt: skip


@pytest.mark.parametrize("words", AWKWARD.values(), ids=AWKWARD)
def test_awkward_words_are_laid_out_within_the_page(desk, head, words):
    record = drafted_of(desk)
    recording.save_draft(record, words, "ink", NOON)
    if not words:
        plan = record.ticket.plans.get()
        names = [f"public.tabel_{n:03d}" for n in range(200)]
        record.ticket.plans.update(superseded_at=NOON)
        plan.pk, plan.frozen_at, plan.scope = None, None, {"names": names}
        plan.save()
    issued = issue(recording.order_issue(record, desk.front_desk, NOON))
    assert issued.trouble == ""
    page = document.article(issued.content, issued.stamp)
    assert "<script>" not in page
    pages = PdfFileReader(io.BytesIO(bytes(issued.files.get().content))).root["/Pages"]["/Count"]
    assert pages >= (6 if not words else 2)


def test_the_monthly_record_tells_of_every_source(desk, head):
    Source.objects.update(created_at=MONDAY - 3 * DAY)
    record = recording.draft_for_month(MONDAY.date(), desk.analyst, NOON)
    issued = issue(recording.order_issue(record, desk.analyst, NOON))
    assert issued.number == "001/BA-01/BPTI/2026"
    (table,) = issued.content["tables"]
    assert table["rows"][0][0] == "Basis data SIAKAD"
    assert table["rows"][0][2] == "1/3"
    assert "tanggal 22, 23" in " ".join(issued.content["facts"][3]["lines"])


def test_a_month_that_has_not_begun_has_no_record(desk):
    with pytest.raises(RecordNotReady):
        recording.draft_for_month(datetime(2027, 1, 1, tzinfo=UTC).date(), desk.analyst, NOON)
