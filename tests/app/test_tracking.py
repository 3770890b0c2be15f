"""Following a case by its secret link: what is shown, what may be said, what leaks to nobody."""

import hashlib
import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from portal.lib import clock
from tests.app.cases import DAY, HOUR, MONDAY, PDF, act, filed, fresh
from tests.app.records import issued_of
from tickets.actions import analysing, closing, files, filing, intake, talking
from tickets.actions.actors import PORTAL, Act
from tickets.mailing import deliver_due
from tickets.models import Attachment, Entry, Letter, Notice, Quarantine, Rating, Ticket
from tickets.reporter.tracking import QUESTIONS
from tickets.workflow import State

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(time_machine):
    time_machine.move_to(MONDAY + HOUR)
    cache.clear()


def text_of(answer) -> str:
    return " ".join(answer.content.decode().split())


def link(ticket: Ticket, name: str = "tiket", *rest) -> str:
    return reverse(name, args=[ticket.number, filing.tracking_token(ticket), *rest])


# Who gets in


def test_number_and_secret_open_a_case_and_nothing_less_does(client, desk):
    ticket, other = desk.filed(), filed(desk.analyst)
    assert client.get(link(ticket)).status_code == 200
    assert client.get(link(ticket).rstrip("/")).url == link(ticket)
    forged = [
        reverse("tiket", args=[ticket.number, "x" * 32]),
        reverse("tiket", args=[other.number, filing.tracking_token(ticket)]),
        reverse("tiket", args=["DT-2026-000999-9", filing.tracking_token(ticket)]),
        link(ticket)[:-5] + "/",
    ]
    told = {text_of(client.get(address)) for address in forged}
    assert len({re.sub(r'value="[^"]+"', "", text) for text in told}) <= len(forged)
    for address in forged:
        answer = client.get(address)
        assert answer.status_code == 404
        assert "Tautan ini tidak berlaku" in text_of(answer)
        assert client.post(f"{address}sesuai/").status_code in {404, 405}


def test_a_number_alone_leads_to_where_the_link_is_asked_for(client, desk, browser_of, stranger):
    ticket = desk.filed()
    there, nowhere = (
        client.get(reverse("tiket-saya", args=[number])).url
        for number in (ticket.number, "DT-2026-000999-9")
    )
    assert there.startswith(reverse("lacak"))
    assert there.replace(ticket.number, "") == nowhere.replace("DT-2026-000999-9", "")
    assert browser_of(stranger).get(reverse("tiket-saya", args=[ticket.number])).url == there
    assert browser_of(desk.analyst).get(reverse("tiket-saya", args=[ticket.number])).url == there


def test_whoever_reported_signed_in_needs_no_link(browser_of, desk):
    ticket = desk.filed()
    client = browser_of(desk.reporter)
    assert client.get(reverse("tiket-saya", args=[ticket.number])).url == link(ticket)
    assert ticket.number in text_of(client.get(reverse("lacak")))
    assert ticket.number not in text_of(browser_of(desk.analyst).get(reverse("lacak")))


def test_the_link_is_mailed_again_and_the_page_never_tells_whether_it_was(client, desk):
    ticket = desk.filed()
    Notice.objects.all().delete()
    typed = [
        {"number": ticket.number.replace("-", " ").lower(), "email": desk.reporter.email.upper()},
        {"number": ticket.number, "email": "orang.lain@uhamka.example"},
        {"number": str(filed(desk.analyst).number), "email": desk.reporter.email},
    ]
    answers = [client.post(reverse("lacak"), each) for each in typed]
    shown = {
        text_of(answer).replace(each["email"], "@")
        for each, answer in zip(typed, answers, strict=True)
    }
    assert len({re.sub(r'(value|content)="[^"]+"', "", text) for text in shown}) == 1
    deliver_due(clock.now())
    (letter,) = [each for each in mail.outbox if "tautan yang Anda minta" in each.body]
    assert letter.to == [desk.reporter.email]
    assert link(ticket) in letter.body


def test_a_mistyped_number_is_told_before_anything_is_looked_up(client, desk):
    answer = client.post(reverse("lacak"), {"number": "DT-2026-000123-8", "email": "a@b.example"})
    assert "salah ketik" in text_of(answer)
    answer = client.post(reverse("lacak"), {"number": "", "email": "a@b"})
    assert "Tuliskan nomor tiket Anda." in text_of(answer)
    assert "tidak lengkap" in text_of(answer)


def test_asking_for_links_without_end_is_stopped(client, desk):
    typed = {"number": desk.filed().number, "email": "a@b.example"}
    codes = [client.post(reverse("lacak"), typed).status_code for _ in range(31)]
    assert codes == [200] * 30 + [429]


# What is shown


def test_what_is_needed_comes_first_then_the_way_with_its_times(client, desk):
    ticket = desk.waiting_reporter()
    text = text_of(client.get(link(ticket)))
    assert text.index("Kelas yang mana?") < text.index("Perjalanan tiket")
    assert re.search(r'class="done".*?Diterima', text)
    assert re.search(r'class="here" aria-current="step".*?Dianalisis dan ditelusuri', text)


def test_nothing_internal_and_no_address_or_name_of_staff_is_shown(client, desk):
    ticket = desk.waiting_confirmation()
    talking.add_note(ticket, act(desk.analyst, ticket, "Catatan rahasia: pelapor lupa simpan."))
    files.attach(ticket, "bukti-internal.pdf", PDF, act(desk.analyst, ticket))
    text = client.get(link(ticket)).content.decode()
    assert "Silakan diperiksa." in text
    for secret in ("Catatan rahasia", "bukti-internal", "42 dari 42"):
        assert secret not in text
    for person in (desk.analyst, desk.front_desk, desk.approver, desk.executor):
        assert person.email not in text
        assert person.full_name not in text


STATES = [
    "filed", "received", "in_analysis", "waiting_reporter", "found", "asked", "approved",
    "restoring", "restored", "waiting_confirmation", "confirmed", "closed",
]  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_a_case_in_any_state_is_shown_with_few_questions_to_the_database(
    client, desk, state, django_assert_max_num_queries
):
    ticket = getattr(desk, state)()
    with django_assert_max_num_queries(14):
        answer = client.get(link(ticket))
    assert answer.status_code == 200
    assert State(ticket.state).seen in text_of(answer)


# What is said


def said(client, ticket: Ticket, slug: str, words: str = "Ini kata-kata saya."):
    return client.post(link(ticket, f"tiket-{slug}"), {"words": words}, follow=True)


def test_yes_is_a_press_and_a_second_press_harms_nothing(client, desk):
    ticket = desk.waiting_confirmation()
    assert client.get(link(ticket, "tiket-sesuai")).url == link(ticket)
    assert fresh(ticket).step is State.WAITING_CONFIRMATION
    first = client.post(link(ticket, "tiket-sesuai"), follow=True)
    assert fresh(ticket).step is State.CONFIRMED
    assert "Terima kasih" in text_of(first)
    second = client.post(link(ticket, "tiket-sesuai"), follow=True)
    assert "tidak berlaku di sini" in text_of(second)
    assert Entry.objects.filter(ticket=ticket, move="confirm").count() == 1


def test_no_asks_what_is_wrong_and_goes_back_to_the_search(client, desk):
    ticket = desk.found()
    assert "Apa yang belum sesuai?" in text_of(client.get(link(ticket, "tiket-belum")))
    empty = client.post(link(ticket, "tiket-belum"), {"words": "  "})
    assert "Tuliskan dengan beberapa kata." in text_of(empty)
    said(client, ticket, "belum", "Nomor 7 masih kosong.")
    assert fresh(ticket).step is State.DISPUTED
    assert "Nomor 7 masih kosong." in text_of(client.get(link(ticket)))


def test_an_answer_goes_on_with_the_case(client, desk):
    ticket = desk.waiting_reporter()
    said(client, ticket, "jawab", "Kelas 3B.")
    assert fresh(ticket).step is State.IN_ANALYSIS
    assert Entry.objects.filter(ticket=ticket, words="Kelas 3B.").get().public


def test_a_message_sent_twice_by_a_double_press_is_kept_once(client, desk):
    ticket = desk.in_analysis()
    for _ in range(2):
        assert "Pesan Anda terkirim." in text_of(said(client, ticket, "pesan"))
    assert Entry.objects.filter(ticket=ticket, move="write").count() == 1


def test_a_message_gets_in_though_staff_wrote_meanwhile(client, desk):
    ticket = desk.in_analysis()
    client.get(link(ticket, "tiket-pesan"))
    talking.reply(ticket, act(desk.analyst, ticket, "Sedang kami cari."))
    assert "Pesan Anda terkirim." in text_of(said(client, ticket, "pesan"))


@pytest.mark.parametrize("slug", sorted(QUESTIONS))
def test_a_question_that_does_not_apply_leads_back_to_the_case(client, desk, slug):
    ticket = desk.waiting_reporter() if slug != "jawab" else desk.filed()
    if slug == "batalkan":
        ticket = desk.closed()
    assert client.get(link(ticket, f"tiket-{slug}")).url == link(ticket)
    before = fresh(ticket).state
    said(client, ticket, slug)
    assert fresh(ticket).state == before


def test_a_case_is_cancelled_and_opened_again_within_some_days(client, desk, time_machine):
    ticket = desk.filed()
    said(client, ticket, "batalkan", "Sudah ketemu.")
    assert fresh(ticket).step is State.CANCELLED
    said(client, ticket, "buka-kembali", "Ternyata bukan itu.")
    assert fresh(ticket).step is State.IN_ANALYSIS
    said(client, ticket, "batalkan", "Betul-betul ketemu.")
    time_machine.move_to(MONDAY + 30 * DAY)
    text = text_of(client.get(link(ticket)))
    assert "buatlah laporan baru" in text
    said(client, ticket, "buka-kembali", "Masih boleh?")
    assert fresh(ticket).step is State.CANCELLED


def test_a_rating_is_given_once_at_the_end(client, desk):
    ticket = desk.closed()
    assert "Bagaimana layanan kami?" in text_of(client.get(link(ticket)))
    none = client.post(link(ticket, "tiket-nilai"), {"words": "bagus"})
    assert "Pilih satu nilai." in text_of(none)
    assert ">bagus</textarea>" in text_of(none).replace("> bagus", ">bagus")
    for score in (5, 1):
        client.post(link(ticket, "tiket-nilai"), {"score": score, "words": "Cepat."})
    assert Rating.objects.get().score == 5
    assert "Bagaimana layanan kami?" not in text_of(client.get(link(ticket)))


def test_staff_who_reported_are_only_the_reporter_here(browser_of, desk):
    ticket = filed(desk.analyst)
    intake.accept(ticket, act(desk.front_desk, ticket))
    client = browser_of(desk.analyst)
    said(client, ticket, "pesan", "Dari saya sebagai pelapor.")
    assert Entry.objects.get(ticket=ticket, move="write").side == "reporter"


def test_a_merged_case_leads_to_the_one_that_goes_on(client, desk):
    ticket, into = desk.filed(), desk.filed()
    intake.merge(ticket, into, act(desk.front_desk, ticket))
    assert link(into) in text_of(client.get(link(ticket)))


# Files and the letter


def pdf(name: str = "surat.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF, "application/pdf")


def test_files_are_added_each_by_itself(client, desk):
    ticket = desk.filed()
    answer = client.post(
        link(ticket, "tiket-berkas"),
        {"attached": [pdf("bagus.pdf"), SimpleUploadedFile("kosong.pdf", b"")]},
    )
    assert "kosong.pdf” kosong" in text_of(answer)
    assert [file.name for file in Attachment.objects.all()] == ["bagus.pdf"]
    assert "Pilih berkasnya" in text_of(client.post(link(ticket, "tiket-berkas"), {}))


def test_only_ones_own_clean_files_are_given_back_and_never_shown_in_place(client, desk):
    ticket = desk.filed()
    client.post(link(ticket, "tiket-berkas"), {"attached": [pdf("milik saya.pdf")]})
    mine = Attachment.objects.get()
    theirs = files.attach(ticket, "internal.pdf", PDF, act(desk.analyst, ticket))
    other = desk.filed()
    answer = client.get(link(ticket, "tiket-unduh", mine.pk))
    assert b"".join(answer.streaming_content) == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(link(ticket, "tiket-unduh", theirs.pk)).status_code == 302
    assert client.get(link(other, "tiket-unduh", mine.pk)).status_code == 404
    Attachment.objects.update(quarantine=Quarantine.WAITING)
    assert client.get(link(ticket, "tiket-unduh", mine.pk)).status_code == 404
    assert "Menunggu pemindaian" in text_of(client.get(link(ticket)))


def test_files_of_an_address_that_nobody_confirmed_are_given_to_nobody(client, desk):
    ticket = filed(None)
    client.post(link(ticket, "tiket-berkas"), {"attached": [pdf()]})
    assert client.get(link(ticket, "tiket-unduh", Attachment.objects.get().pk)).status_code == 404


def test_the_letter_is_filled_printed_and_handed_in(client, desk):
    ticket = desk.filed()
    assert link(ticket, "tiket-surat") in text_of(client.get(link(ticket)))
    filled = client.get(link(ticket, "tiket-surat-pdf"))
    assert filled.content.startswith(b"%PDF-")
    assert ticket.number in filled.headers["Content-Disposition"]
    typed = {"letter_number": "014/FKIP/XI/2026", "letter_dated": "23/11/2026"}
    client.post(link(ticket, "tiket-surat"), typed | {"letter_scan": pdf()})
    letter = Letter.objects.get()
    assert (letter.number, str(letter.dated), letter.scan.name) == (
        "014/FKIP/XI/2026", "2026-11-23", "surat.pdf",
    )  # fmt: skip
    assert "Sudah diterima" in text_of(client.get(link(ticket)))


def test_a_letter_that_was_rejected_says_why_and_is_asked_for_again(client, desk):
    ticket = desk.with_letter(desk.received())
    files.reject_letter(ticket.letters.get(), act(desk.front_desk, ticket, "Belum ada stempel."))
    text = text_of(client.get(link(ticket)))
    assert "Belum ada stempel." in text
    assert link(ticket, "tiket-surat") in text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Unggah pindaian surat"),
        ({"letter_scan": SimpleUploadedFile("surat.exe", b"MZ\x90")}, "tidak diterima"),
        ({"letter_dated": "2027-01-01", "letter_scan": pdf()}, "Waktu ini belum tiba."),
        ({"letter_number": " ", "letter_scan": pdf()}, "letter_number_error"),
    ],
)
def test_a_letter_is_refused_at_the_field_and_what_was_typed_stays(client, desk, typed, sentence):
    ticket = desk.filed()
    given = {"letter_number": "014/X", "letter_dated": "2026-11-20"} | typed
    answer = client.post(link(ticket, "tiket-surat"), given)
    assert sentence in answer.content.decode()
    assert given["letter_dated"] in answer.content.decode()
    assert not Letter.objects.exists()


def test_the_receipt_is_there_to_print_and_to_keep(client, desk):
    ticket = desk.filed()
    text = text_of(client.get(link(ticket, "tiket-tanda-terima")))
    assert ticket.number in text
    assert "Senin, 23 November 2026, 09:00 WIB" in text
    assert filing.tracking_token(ticket) not in re.sub(r'(href|value)="[^"]+"', "", text)
    assert client.get(link(ticket, "tiket-tanda-terima-pdf")).content.startswith(b"%PDF-")


# Mails


def test_every_link_in_a_mail_to_a_reporter_opens_a_page_and_acts_not(desk):
    ticket = desk.closed()
    unconfirmed = filed(None)
    deliver_due(clock.now() + timedelta(days=1))
    addresses = {
        address
        for letter in mail.outbox
        if letter.to in ([ticket.reporter_email], [unconfirmed.reporter_email])
        for address in re.findall(r"http://[^/\s]+(/\S+)", letter.body)
    }
    before = list(Ticket.objects.order_by("pk").values("state", "version", "confirmed_at"))
    client = Client()
    assert len(addresses) >= 2
    assert {client.get(address).status_code for address in addresses} == {200}
    assert list(Ticket.objects.order_by("pk").values("state", "version", "confirmed_at")) == before


def test_every_answer_of_a_move_is_not_kept_by_a_cache(client, desk):
    ticket = desk.waiting_confirmation()
    for name in ("tiket", "tiket-belum", "tiket-surat"):
        assert "no-store" in client.get(link(ticket, name)).headers["Cache-Control"]


def test_the_reporter_hears_that_an_unanswered_case_was_closed_and_may_object(client, desk):
    ticket = desk.found()
    closing.lapse(ticket, Act(PORTAL, MONDAY + 60 * DAY))
    text = text_of(client.get(link(ticket)))
    assert "Belum beres? Buka kembali" in text


def test_analysis_that_goes_on_is_told_as_such(client, desk):
    ticket = desk.found()
    analysing.resume(ticket, act(desk.analyst, ticket))
    assert "Sedang ditelusuri" in text_of(client.get(link(ticket)))


def test_an_issued_record_is_there_to_take_along_and_to_check(client, desk, head, institution):
    record = issued_of(desk)
    ticket = record.ticket
    text = text_of(client.get(link(ticket)))
    assert record.number in text
    assert reverse("verifikasi", args=[record.code]) in text
    paper = client.get(link(ticket, "tiket-berita-acara", record.pk))
    assert hashlib.sha256(paper.content).hexdigest() == record.sha256
    assert client.get(link(desk.filed(), "tiket-berita-acara", record.pk)).status_code == 404
