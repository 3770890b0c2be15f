"""Reporting a loss through the real pages: by phone, half, at once, twice, without an account."""

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from portal.lib import clock
from tests.app.cases import DAY, MONDAY, PDF
from tickets.actions import closing
from tickets.actions.actors import PORTAL, Act
from tickets.mailing import deliver_due
from tickets.models import Attachment, Letter, Notice, ReportDraft, Ticket
from tickets.numbering import parse
from tickets.reporter.course import CHECK, FILES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("siakad_system")]

HAPPENED = {"happened": "lost"}
SYSTEM = {"systems": ["siakad"]}
DATA = {
    "subject": "Nilai kelas 3B hilang",
    "lost_data": "Nilai akhir Statistika 3B, 42 mahasiswa.",
    "place": "Menu Nilai",
    "example": "",
}
WHEN = {"last_right_day": "2026-11-20", "last_right_time": "16:00", "noticed_day": "2026-11-23"}
IMPACT = {"impact_words": "", "needed_by": "2026-11-25", "needed_for": "Pengumuman nilai"}
WHO = {"name": "Rahma Dosen", "email": "Rahma@rumah.example", "unit": "FKIP"}
ANSWERS = {
    "kejadian": HAPPENED, "sistem": SYSTEM, "data": DATA, "waktu": WHEN, "dampak": IMPACT,
    "berkas": {}, "pelapor": WHO,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _monday(time_machine):
    time_machine.move_to(MONDAY)
    cache.clear()


def text_of(answer) -> str:
    return " ".join(answer.content.decode().split())


def begun(client) -> str:
    """Begin a report; return its key."""
    answer = client.post(reverse("lapor-mulai"))
    return re.search(r"/lapor/([\w-]{32})/", answer.url).group(1)


def page(key: str, slug: str) -> str:
    return reverse("lapor-langkah", args=[key, slug])


def answered(client, *, known: bool = False, **changes) -> str:
    """Answer all questions, with `changes` to some pages; return the key."""
    key = begun(client)
    for slug, typed in ANSWERS.items():
        if slug == "pelapor" and known:
            continue
        client.post(page(key, slug), typed | changes.get(slug, {}))
    return key


def send(client, key: str):
    return client.post(page(key, CHECK))


def sent(client, **changes) -> Ticket:
    send(client, answered(client, **changes))
    return Ticket.objects.latest("pk")


# The way through


def test_the_first_page_says_what_not_to_do_before_it_asks_anything(client):
    text = text_of(client.get(reverse("lapor")))
    assert text.index("Jangan mengisi atau mengunggah lagi") < text.index("Mulai melapor")
    assert "Tempat sampah" in text


def test_looking_at_the_first_page_begins_nothing(client):
    client.get(reverse("lapor"))
    client.get(reverse("lapor-mulai"))
    assert not ReportDraft.objects.exists()


def test_each_answer_leads_to_the_next_question(client):
    key = begun(client)
    visited = []
    address = page(key, "kejadian")
    for slug, typed in ANSWERS.items():
        assert address == page(key, slug)
        visited.append(slug)
        address = client.post(address, typed).url
    assert address == page(key, CHECK)
    assert f"Langkah {len(ANSWERS) + 1} dari {len(ANSWERS) + 1}" in text_of(client.get(address))


def test_somebody_signed_in_is_not_asked_who_they_are(browser_of, reporter):
    client = browser_of(reporter)
    key = answered(client, known=True)
    text = text_of(client.get(page(key, CHECK)))
    assert "dari akun Anda" in text
    assert "Langkah 7 dari 7" in text
    send(client, key)
    ticket = Ticket.objects.get()
    assert (ticket.reporter, ticket.reporter_email) == (reporter, reporter.email)
    assert ticket.confirmed_at is not None


def test_what_was_sent_is_what_was_typed(client):
    ticket = sent(client)
    assert parse(ticket.number)
    assert ticket.subject == DATA["subject"]
    assert [system.slug for system in ticket.systems.all()] == ["siakad"]
    assert ticket.last_right_at.astimezone(clock.WIB).strftime("%d %H:%M") == "20 16:00"
    assert str(ticket.needed_by) == "2026-11-25"
    assert ticket.reporter_email == "Rahma@rumah.example"
    assert ticket.language == "id"


def test_a_report_in_english_is_answered_in_english(client):
    client.post(reverse("set_language"), {"language": "en", "next": "/"})
    key = answered(client)
    assert "Check your answers" in text_of(client.get(page(key, CHECK)))
    send(client, key)
    assert Ticket.objects.get().language == "en"


def test_a_second_press_and_the_back_button_make_no_second_ticket(browser_of, reporter):
    client = browser_of(reporter)
    key = answered(client, known=True)
    first, second = send(client, key), send(client, key)
    assert first.url == second.url == reverse("lapor-terkirim", args=[key])
    assert client.get(page(key, "data")).url == first.url
    assert Ticket.objects.count() == 1


def test_the_confirmation_gives_number_time_and_way_to_follow(browser_of, reporter):
    client = browser_of(reporter)
    text = text_of(client.get(send(client, answered(client, known=True)).url))
    ticket = Ticket.objects.get()
    assert ticket.number in text
    assert "Senin, 23 November 2026, 11:00 WIB" in text
    link = re.search(r'href="(/tiket/[^"]+/[\w-]{32}/)"', text).group(1)
    assert client.get(link).status_code == 200
    deliver_due(clock.now())
    letter = next(letter for letter in mail.outbox if letter.to == [reporter.email])
    assert ticket.number in letter.subject
    assert link in letter.body


def test_a_change_comes_back_to_the_list_of_answers(client):
    key = answered(client)
    address = f"{page(key, 'data')}?kembali={CHECK}"
    assert address in text_of(client.get(page(key, CHECK)))
    back = client.post(address, DATA | {"subject": "Nilai kelas 3C hilang"})
    assert back.url == page(key, CHECK)
    assert "Nilai kelas 3C hilang" in text_of(client.get(back.url))


# Drafts


def test_half_a_report_is_found_again_on_another_device(client, django_user_model):
    key = begun(client)
    client.post(page(key, "kejadian"), HAPPENED)
    client.post(page(key, "data"), DATA)
    later = text_of(client.get(reverse("lapor-nanti", args=[key])))
    assert page(key, "data") in later
    other = client.__class__()
    assert DATA["subject"] in text_of(other.get(page(key, "data")))
    assert "Lanjutkan laporan" in text_of(client.get(reverse("lapor")))


def test_ones_own_draft_goes_on_where_its_key_never_was(browser_of, reporter, stranger, analyst):
    here, there = browser_of(reporter), browser_of(reporter)
    key = begun(here)
    here.post(page(key, "data"), DATA)
    pk = ReportDraft.objects.get().pk
    assert DATA["subject"] in text_of(there.get(reverse("lapor")))
    assert browser_of(analyst).post(reverse("lapor-lanjutkan", args=[pk])).status_code == 404
    assert there.get(reverse("lapor-lanjutkan", args=[pk])).status_code == 405
    onward = there.post(reverse("lapor-lanjutkan", args=[pk])).url
    assert DATA["subject"] in text_of(there.get(onward))
    assert here.get(page(key, "data")).status_code == 404


def test_a_draft_that_is_gone_says_so_and_helps(client):
    for address in (page("x" * 32, "data"), page("x" * 32, "data")[:20] + "/", "/lapor/x/y/z/"):
        answer = client.get(address)
        assert answer.status_code == 404
        assert "Buat laporan baru" in text_of(answer)


def test_wrong_answers_are_kept_and_told_at_the_field_and_above(client):
    key = begun(client)
    answer = client.post(page(key, "data"), DATA | {"subject": "", "lost_data": "Nilai"})
    text = text_of(answer)
    assert '<a href="#id_subject">Tuliskan secara singkat data apa yang bermasalah.</a>' in text
    assert 'id="id_subject_error"' in text
    assert "> Nilai</textarea>" in text
    assert ReportDraft.objects.get().answers["lost_data"] == "Nilai"


@pytest.mark.parametrize(
    ("slug", "typed", "sentence"),
    [
        ("kejadian", {}, "Pilih apa yang terjadi."),
        ("kejadian", {"happened": "meledak"}, "Pilih apa yang terjadi."),
        ("sistem", {}, "Pilih sistemnya"),
        ("sistem", {"systems": ["tidak-ada"]}, "Pilih sistemnya"),
        ("data", DATA | {"subject": "x" * 141}, "Terlalu panjang."),
        ("waktu", {}, "Isi tanggalnya"),
        ("waktu", {"last_right_day": "2026-02-31"}, "Tanggal atau jam ini tidak ada."),
        ("waktu", {"last_right_day": "2026-11-24"}, "Waktu ini belum tiba."),
        ("waktu", WHEN | {"last_right_day": "2026-11-23", "last_right_time": "08:59",
                          "noticed_time": "07:00"}, "Terakhir benar harus sebelum"),
        ("dampak", {"needed_by": "besok"}, "Tanggal ini tidak ada."),
        ("pelapor", WHO | {"name": " "}, "Tuliskan nama Anda."),
        ("pelapor", WHO | {"email": "rahma@"}, "Alamat email ini tidak lengkap."),
    ],
)  # fmt: skip
def test_each_question_refuses_what_cannot_be(client, slug, typed, sentence):
    key = begun(client)
    answer = client.post(page(key, slug), typed)
    assert answer.status_code == 200
    assert sentence in text_of(answer)


@pytest.mark.parametrize(
    "typed",
    [
        {"last_right_unknown": "on"},
        {"last_right_words": "Jumat sore masih ada"},
        {"last_right_day": "20/11/2026", "last_right_time": "16.00"},
        {"last_right_day": "20-11-2026"},
    ],
)
def test_when_it_was_right_may_be_rough_or_unknown(client, typed):
    key = begun(client)
    assert client.post(page(key, "waktu"), typed).status_code == 302


def test_an_unfinished_report_is_not_sent_and_says_what_is_missing_and_where(client):
    key = begun(client)
    client.post(page(key, "kejadian"), HAPPENED)
    answer = send(client, key)
    assert answer.status_code == 200
    assert f'href="{page(key, "data")}?kembali=periksa"' in text_of(answer)
    assert not Ticket.objects.exists()


def test_odd_characters_and_empty_keys_break_nothing(client):
    key = answered(client, data={"subject": "Nilai \0 <b>3B</b>", "lost_data": "\u202eabc"})
    assert "&lt;b&gt;3B&lt;/b&gt;" in text_of(client.get(page(key, CHECK)))
    assert send(client, key).status_code == 302
    assert client.post(page(key, "tidak-ada")).status_code == 302


# Files and the letter


def picture(name: str = "layar.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF, "application/pdf")


def test_files_are_kept_one_by_one_and_a_refused_one_is_named(client):
    key = begun(client)
    bad = SimpleUploadedFile("virus.exe", b"MZ\x90\0", "application/octet-stream")
    answer = client.post(page(key, FILES), {"attached": [picture(), bad], "letter_number": ""})
    text = text_of(answer)
    assert "virus.exe" in text
    assert "tidak diterima" in text
    assert [file.name for file in Attachment.objects.all()] == ["layar.pdf"]
    client.post(page(key, FILES), {"hapus": Attachment.objects.get().pk})
    assert not Attachment.objects.exists()


def test_a_file_of_another_report_cannot_be_removed(client):
    key, other = begun(client), begun(client)
    client.post(page(key, FILES), {"attached": [picture()]})
    pk = Attachment.objects.get().pk
    assert client.post(page(other, FILES), {"hapus": pk}).status_code == 404
    assert Attachment.objects.count() == 1


def test_more_files_can_be_added_before_going_on(client):
    key = begun(client)
    answer = client.post(page(key, FILES), {"attached": [picture()], "tambah": "ya"})
    assert answer.url == page(key, FILES)
    assert client.post(page(key, FILES), {"attached": [picture("dua.pdf")]}).url != answer.url
    assert Attachment.objects.count() == 2


def test_a_signed_letter_comes_with_the_report(browser_of, reporter):
    client = browser_of(reporter)
    letter = {"letter_number": "014/FKIP/XI/2026", "letter_dated": "2026-11-23"}
    key = answered(client, known=True, berkas=letter | {"letter_scan": picture("surat.pdf")})
    send(client, key)
    given = Letter.objects.get()
    assert (given.number, given.scan.name) == ("014/FKIP/XI/2026", "surat.pdf")
    send(client, key)
    assert Letter.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"letter_number": "014/FKIP"}, "Unggah pindaian surat"),
        ({"letter_number": "1", "letter_dated": "2026-12-01"}, "Waktu ini belum tiba."),
        ({"letter_number": "1", "letter_dated": "kemarin"}, "Tanggal ini tidak ada."),
    ],
)
def test_half_a_letter_is_refused(client, typed, sentence):
    key = begun(client)
    answer = client.post(page(key, FILES), typed)
    assert sentence in text_of(answer)


# Without an account


def test_an_address_alone_counts_only_after_its_mailbox_said_so(client):
    key = answered(client)
    answer = client.get(send(client, key).url)
    ticket = Ticket.objects.get()
    text = text_of(answer)
    assert "buka email Anda" in text
    assert "/tiket/" not in text
    assert ticket.confirmed_at is None
    deliver_due(clock.now())
    (letter,) = mail.outbox
    link = re.search(r"http://\S+(/tiket/\S+/konfirmasi/\S+/)", letter.body).group(1)
    asked = client.get(link)
    assert "Konfirmasi" in text_of(asked)
    ticket.refresh_from_db()
    assert ticket.confirmed_at is None
    done = client.post(link, follow=True)
    ticket.refresh_from_db()
    assert ticket.confirmed_at is not None
    assert "Alamat Anda dikonfirmasi" in text_of(done)
    assert client.post(link).status_code == 302
    assert Notice.objects.filter(topic="file_report").count() == 1


def test_who_filed_in_anothers_name_never_gets_the_secret_link(client):
    key = answered(client)
    place = send(client, key).url
    Ticket.objects.update(confirmed_at=clock.now())
    assert not re.search(r"/tiket/[\w-]+/[\w-]{32}/", client.get(place).content.decode())


def test_a_confirmation_that_comes_too_late_says_so_and_helps(client):
    ticket = sent(client)
    deliver_due(clock.now())
    link = re.search(r"http://\S+(/tiket/\S+/konfirmasi/\S+/)", mail.outbox[0].body).group(1)
    closing.abandon(ticket, Act(PORTAL, clock.now() + 20 * DAY))
    for answer in (client.get(link), client.post(link)):
        assert answer.status_code == 410
        assert "Buat laporan baru" in text_of(answer)


def test_a_forged_confirmation_opens_nothing(client):
    ticket = sent(client)
    for number in (ticket.number, "DT-2026-000999-9"):
        answer = client.post(reverse("konfirmasi", args=[number, "x" * 32]))
        assert answer.status_code == 404
        assert "Tautan ini tidak berlaku" in text_of(answer)
    ticket.refresh_from_db()
    assert ticket.confirmed_at is None


def test_one_address_cannot_be_flooded(client):
    for _ in range(3):
        sent(client)
    answer = send(client, answered(client))
    assert "belum dikonfirmasi" in text_of(answer)
    assert Ticket.objects.count() == 3


def test_a_machine_that_fills_the_hidden_field_sends_nothing(client):
    key = begun(client)
    answer = client.post(page(key, "pelapor"), WHO | {"situs": "http://iklan.example"})
    assert answer.url == reverse("beranda")
    assert not Ticket.objects.exists()


def test_reports_without_number_are_stopped_by_where_they_come_from(client):
    for _ in range(60):
        client.post(reverse("lapor-mulai"))
    answer = client.post(reverse("lapor-mulai"))
    assert answer.status_code == 429
    assert "Tunggu beberapa menit" in text_of(answer)
