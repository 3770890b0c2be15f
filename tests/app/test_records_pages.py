"""The records' pages: drafting, signing, the register, and anybody's check of a paper."""

import hashlib
import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from portal.audit.models import AuditEvent
from tests.app.cases import HOUR, PDF
from tests.app.records import NOON, drafted_of, issue, issued_of, to_be_signed
from tickets import bundling, issuing, kept_records
from tickets.actions import recording
from tickets.models import BeritaAcara, Bundle, BundleState, RecordFile, RecordState

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def staff(desk, head, browser_of):
    return browser_of(desk.front_desk)


def page_of(record) -> str:
    return reverse("berita-acara", args=[record.pk])


def typed(client, record, **changes) -> dict:
    form = client.get(page_of(record)).context["form"]
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return {**values, "versi": record.version, **changes}


def save(client, record, **changes):
    address = reverse("berita-acara-simpan", args=[record.pk])
    return client.post(address, typed(client, record, **changes))


def step(client, record, name, **words):
    return client.post(reverse("berita-acara-langkah", args=[record.pk, name]), words)


def tamper(statement: str, *values) -> None:
    """Change what the database refuses to, as somebody would who may alter the schema."""
    connection.check_constraints()  # PostgreSQL alters no table with checks still to come
    kept_records.disarm(connection)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
    connection.check_constraints()
    kept_records.arm(connection)


def flip_a_byte(record) -> None:
    content = bytearray(record.files.get(purpose="issued").content)
    content[len(content) // 2] ^= 1
    tamper("UPDATE tickets_recordfile SET content = %s", bytes(content))


def test_a_press_on_the_case_begins_a_draft_and_the_case_shows_it(desk, staff):
    ticket = desk.confirmed()
    answer = staff.post(reverse("rekaman-kasus", args=[ticket.number]))
    record = BeritaAcara.objects.get()
    assert answer.url == page_of(record)
    assert page_of(record) in staff.get(ticket.get_absolute_url()).content.decode()


def test_the_draft_s_page_shows_the_paper_with_the_facts(desk, staff):
    page = staff.get(page_of(drafted_of(desk))).content.decode()
    assert "diberikan saat terbit" in page
    assert "a" * 64 in page


def test_the_preview_draws_what_is_typed_and_keeps_nothing(desk, staff):
    record = drafted_of(desk)
    address = reverse("berita-acara-pratinjau", args=[record.pk])
    page = staff.post(address, typed(staff, record, missing="Presensi <b>42</b> baris"))
    assert "Presensi &lt;b&gt;42&lt;/b&gt; baris" in page.content.decode()
    assert BeritaAcara.objects.get().words == {}


def test_only_what_was_reworded_is_kept(desk, staff):
    record = drafted_of(desk)
    save(staff, record, note="Diserahkan langsung.")
    assert BeritaAcara.objects.get().words == {"note": "Diserahkan langsung."}


def test_a_stale_page_loses_nothing_and_says_so(desk, staff):
    record = drafted_of(desk)
    answer = save(staff, record, note="Kata saya", versi=7)
    assert answer.status_code == 409
    assert "Kata saya" in answer.content.decode()


def test_an_empty_name_is_told_at_its_field(desk, staff):
    record = drafted_of(desk)
    answer = save(staff, record, first_name="", note="tetap ada")
    assert answer.status_code == 422
    assert "tetap ada" in answer.content.decode()
    assert answer.context["form"].errors["first_name"]


def test_pressing_issue_orders_it_and_the_worker_gives_the_number(desk, staff):
    record = drafted_of(desk)
    save(staff, record, langkah="terbitkan")
    assert "kurang dari dua detik" in staff.get(page_of(record)).content.decode()
    issued = issue(record)
    page = staff.get(page_of(record)).content.decode()
    assert issued.number in page
    assert issued.sha256 in page


def test_the_pdf_is_given_as_it_was_kept_and_that_is_an_event(desk, staff):
    record = issued_of(desk)
    file = record.files.get()
    answer = staff.get(reverse("rekaman-berkas", args=[record.pk, file.pk]))
    assert answer.content == bytes(file.content)
    assert AuditEvent.objects.filter(verb="berita_acara.opened").count() == 1


def test_a_changed_byte_is_never_served_and_is_shown_everywhere(desk, staff):
    record = issued_of(desk)
    flip_a_byte(record)
    file = record.files.get()
    answer = staff.get(reverse("rekaman-berkas", args=[record.pk, file.pk]))
    assert answer.status_code == 409
    assert b"%PDF" not in answer.content
    assert "tidak lagi asli" in staff.get(page_of(record)).content.decode()
    public = Client().get(reverse("verifikasi", args=[record.code])).content.decode()
    assert "Belum dapat dinyatakan asli" in public


def test_bytes_changed_together_with_their_hashes_are_found_by_the_trail(desk, staff):
    record = issued_of(desk)
    forged = hashlib.sha256(PDF).hexdigest()
    tamper("UPDATE tickets_recordfile SET content = %s, sha256 = %s", PDF, forged)
    tamper("UPDATE tickets_beritaacara SET sha256 = %s", forged)
    public = Client().get(reverse("verifikasi", args=[record.code])).content.decode()
    assert "Belum dapat dinyatakan asli" in public


def test_anybody_checks_a_paper_by_its_code_and_learns_no_more_than_it_says(desk, head):
    record = issued_of(desk)
    page = Client().get(reverse("verifikasi", args=[record.code])).content.decode()
    for words in (record.number, record.sha256, "asli dan berlaku", "Berita acara pemulihan data"):
        assert words in page
    for secret in ("Rahma", "Joko", "Erizal", "SIAKAD", record.ticket.number, "rahma@"):
        assert secret not in page


@pytest.mark.parametrize("how", [str.lower, lambda code: f"{code[:4]}-{code[4:]}"])
def test_a_code_is_read_however_it_is_typed(desk, head, how):
    record = issued_of(desk)
    answer = Client().get(reverse("verifikasi-tanya"), {"kode": how(record.code)}, follow=True)
    assert record.number in answer.content.decode()


@pytest.mark.parametrize("code", ["K7QM2XRD", "-", "<script>", "A" * 200])
def test_an_unknown_code_is_told_as_unknown(db, code):
    answer = Client().get(reverse("verifikasi", args=[code]))
    assert answer.status_code == 404
    assert "<script>" not in answer.content.decode()


def test_a_draft_has_no_page_of_genuineness(desk, head):
    code = drafted_of(desk).code
    assert Client().get(reverse("verifikasi", args=[code])).status_code == 404


def test_cancelling_asks_why_and_the_public_page_says_so(desk, staff):
    record = issued_of(desk)
    assert step(staff, record, "batalkan", alasan=" ").status_code == 422
    step(staff, record, "batalkan", alasan="Nama keliru")
    issuing.mark_cancelled(record.pk, NOON)
    assert "sudah dibatalkan" in Client().get(f"/verifikasi/{record.code}/").content.decode()
    new = BeritaAcara.objects.get(pk=step(staff, record, "ganti").url.strip("/").split("/")[-1])
    issued = issue(recording.order_issue(new, desk.front_desk, NOON))
    page = Client().get(f"/verifikasi/{record.code}/").content.decode()
    assert "sudah diganti" in page
    assert issued.number in page


def test_a_scan_of_the_signed_paper_is_kept_beside_it(desk, staff):
    record = issued_of(desk)
    address = reverse("berita-acara-pindaian", args=[record.pk])
    staff.post(address, {"pindaian": SimpleUploadedFile("tanda tangan.pdf", PDF)})
    staff.post(address, {"pindaian": SimpleUploadedFile("virus.pdf", b"MZ\x90\0bukan pdf")})
    scan = record.files.get(purpose="scan")
    assert bytes(scan.content) == PDF
    given = staff.get(reverse("rekaman-berkas", args=[record.pk, scan.pk]))
    assert given.content == PDF


def test_signatures_are_asked_one_after_another_and_the_last_one_issues(
    desk, head, institution, browser_of
):
    record = to_be_signed(desk, head)
    page = reverse("tandatangani", args=[record.pk])
    order = [desk.reporter, desk.executor, head]
    for place, signer in enumerate(order):
        waits = [
            user
            for user in order
            if browser_of(user).get(reverse("tanda-tangan")).context["waiting"]
        ]
        assert waits == [signer], place
        signed_in = Client()
        signed_in.login(username=signer.username, password="tidak-rahasia-di-sini")
        assert "Bacalah isinya" in signed_in.get(page).content.decode()
        recording.sign(BeritaAcara.objects.get(pk=record.pk), signer, NOON)
    issued = issue(record)
    assert issued.state == RecordState.ISSUED
    paper = Client()
    paper.force_login(desk.front_desk)
    shown = paper.get(page_of(record)).content.decode()
    assert shown.count("(tidak tersertifikasi)<br>") + shown.count("(tidak tersertifikasi)") > 3
    assert "tersertifikasi)" in shown
    assert "Ditandatangani secara elektronik" in shown


def test_signing_asks_for_the_password_again(desk, head, institution, browser_of, time_machine):
    record = to_be_signed(desk, head)
    client = browser_of(desk.reporter)
    time_machine.move_to(NOON + HOUR)
    answer = client.post(reverse("tandatangani", args=[record.pk]))
    assert answer.url.startswith(reverse("account_reauthenticate"))
    assert not record.signatures.exclude(signed_at=None).exists()


def test_without_a_certificate_ink_still_works_and_it_is_said(desk, staff, settings, tmp_path):
    settings.PULIH_KEYS = tmp_path
    record = drafted_of(desk)
    assert "Tanda tangan basah tetap dapat dipakai" in staff.get(page_of(record)).content.decode()
    assert save(staff, record, level="portal", langkah="ajukan").status_code == 422
    record.refresh_from_db()
    save(staff, record, level="ink", langkah="terbitkan")
    issued = issue(record)
    assert (issued.state, issued.sealed_by) == (RecordState.ISSUED, "")
    assert "tanpa segel" in staff.get(page_of(record)).content.decode()


def test_the_register_lists_all_three_kinds_and_says_that_nothing_is_missing(desk, staff):
    record = issued_of(desk)
    page = staff.get(reverse("rekaman")).content.decode()
    for number in (record.number, "014/FKIP/XI/2026", record.ticket.number):
        assert number in page
    assert "1 sampai 1, tanpa celah" in page


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"jenis": "letter"}, 1), ({"jenis": "berita_acara"}, 1), ({"jenis": "found"}, 0),
        ({"nomor": "ba-01"}, 1), ({"sistem": "SIAKAD"}, 3), ({"unit": "tidak ada"}, 0),
        ({"keadaan": "issued"}, 1), ({"tahun": "2026", "jenis": "ticket"}, 1), ({"tahun": "x"}, 3),
    ],
)  # fmt: skip
def test_the_register_is_narrowed(desk, staff, asked, found):
    issued_of(desk)
    assert len(staff.get(reverse("rekaman"), asked).context["page"]) == found


def test_a_number_that_is_gone_would_be_shown(desk, staff):
    issued_of(desk)
    tamper("UPDATE tickets_numberseries SET last = 3 WHERE name = 'BA-01/BPTI'")
    assert "nomor yang hilang: 2, 3" in " ".join(
        staff.get(reverse("rekaman")).content.decode().split()
    )


def test_the_register_is_taken_along_as_csv_xlsx_and_paper(desk, staff):
    record = issued_of(desk)
    table = b"".join(staff.get(reverse("rekaman-csv"))).decode()
    assert record.sha256 in table
    book = load_workbook(io.BytesIO(staff.get(reverse("rekaman-xlsx")).content))
    assert book.active.max_row == 4
    assert record.number in staff.get(reverse("rekaman-cetak")).content.decode()
    assert AuditEvent.objects.filter(verb="records.exported").count() == 2


def test_the_ticket_record_is_printed_without_what_is_internal(desk, staff):
    ticket = desk.confirmed()
    page = staff.get(reverse("rekaman-tiket", args=[ticket.number])).content.decode()
    assert ticket.subject in page
    assert "014/FKIP/XI/2026" in page


def test_a_bundle_holds_every_paper_with_an_index_and_hashes(desk, staff):
    record = issued_of(desk)
    staff.post(reverse("bundel-baru"), {"tahun": 2026})
    bundle = Bundle.objects.get()
    assert "Antre" in staff.get(reverse("bundel", args=[bundle.pk])).content.decode()
    bundling.make(bundle.pk, NOON)
    assert bundling.make(bundle.pk, NOON) is None
    answer = staff.get(reverse("bundel-unduh", args=[bundle.pk]))
    with zipfile.ZipFile(io.BytesIO(b"".join(answer))) as archive:
        sums = dict(
            reversed(line.split("  ")) for line in archive.read("SHA256SUMS").decode().splitlines()
        )
        assert {hashlib.sha256(archive.read(name)).hexdigest() for name in sums} == set(
            sums.values()
        )
        assert record.sha256 in sums.values()
        assert record.number in archive.read("indeks.csv").decode()
        assert len(sums) == 2


def test_a_changed_paper_is_named_in_the_bundle_and_left_out(desk, staff):
    record = issued_of(desk)
    flip_a_byte(record)
    staff.post(reverse("bundel-baru"), {"tahun": 2026, "sampel": 50})
    bundle = bundling.make(Bundle.objects.get().pk, NOON)
    assert bundle.state == BundleState.READY
    answer = staff.get(reverse("bundel-unduh", args=[bundle.pk]))
    with zipfile.ZipFile(io.BytesIO(b"".join(answer))) as archive:
        assert "TIDAK ASLI" in archive.read("indeks.csv").decode()
        assert not [name for name in archive.namelist() if name.startswith("berita-acara/")]


def test_a_bundle_whose_worker_died_is_made_by_another(desk, staff, time_machine):
    staff.post(reverse("bundel-baru"), {"tahun": 2026})
    Bundle.objects.update(state=BundleState.RUNNING, heartbeat_at=NOON)
    later = NOON + bundling.LOST_AFTER * 2
    assert bundling.ring_waiting(later) == 1
    assert bundling.make(Bundle.objects.get().pk, later).state == BundleState.READY


ADDRESSES = ["rekaman", "rekaman-csv", "rekaman-xlsx", "rekaman-cetak"]


@pytest.mark.parametrize("name", ADDRESSES)
def test_strangers_and_reporters_see_no_register(name, desk, stranger, browser_of):
    for user in (stranger, desk.reporter):
        assert browser_of(user).get(reverse(name)).status_code == 403


def test_an_auditor_reads_and_changes_nothing(desk, auditor, browser_of):
    record = issued_of(desk)
    client = browser_of(auditor)
    assert client.get(page_of(record)).status_code == 200
    assert step(client, record, "batalkan", alasan="Saya mau").status_code == 403


def test_a_reporter_takes_the_own_paper_and_no_other(desk, browser_of):
    record = issued_of(desk)
    file = RecordFile.objects.get()
    address = reverse("rekaman-berkas", args=[record.pk, file.pk])
    assert browser_of(desk.reporter).get(address).status_code == 200
    assert browser_of(desk.executor).get(address).status_code == 200
    other = drafted_of(desk)
    assert (
        browser_of(desk.reporter)
        .get(reverse("rekaman-berkas", args=[other.pk, file.pk]))
        .status_code
        == 404
    )


def test_the_style_of_the_margins_carries_number_code_and_page(desk, staff):
    record = issued_of(desk)
    sheet = staff.get(reverse("berita-acara-kertas", args=[record.pk]))
    assert sheet["Content-Type"].startswith("text/css")
    for words in (record.number, record.spoken_code, "counter(pages)", "data:image/svg+xml"):
        assert words in sheet.content.decode()


def test_a_month_s_record_is_begun_from_the_register(desk, staff):
    staff.post(reverse("rekaman-bulanan"), {"bulan": "2026-11"})
    assert BeritaAcara.objects.get().month.isoformat() == "2026-11-01"
    answer = staff.post(reverse("rekaman-bulanan"), {"bulan": "besok"}, follow=True)
    assert "Tulis bulannya seperti 2026-11" in answer.content.decode()


def test_a_paper_claims_the_signing_that_was_pressed_and_no_more(desk, staff, institution):
    inked, asked = drafted_of(desk), drafted_of(desk)
    save(staff, inked, langkah="terbitkan")
    save(staff, asked, langkah="ajukan")
    labels = [BeritaAcara.objects.get(pk=one.pk).content["label"] for one in (inked, asked)]
    assert labels[0] == "Ditandatangani di atas kertas"
    assert labels[1].endswith("(tidak tersertifikasi)")
