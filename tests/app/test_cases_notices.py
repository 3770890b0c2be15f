"""Telling people: once of each event, not at night, again after a failure, nothing internal."""

import re
import smtplib
from email.utils import parseaddr

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from portal.accounts.models import Role
from tests.app.cases import DAY, HOUR, MINUTE, MONDAY, act, filed, fresh
from tests.app.people import person as new_person
from tickets import tokens
from tickets.actions import analysing, approving, closing, intake, talking
from tickets.mail_texts import TO_REPORTER, TO_STAFF
from tickets.mailing import CLAIM_LASTS, GIVE_UP_AFTER, deliver, deliver_due
from tickets.models import Delivery, Entry, EntryKind, Notice, Ticket
from tickets.notices import leaves_at
from tickets.workflow import State

NIGHT = MONDAY.replace(hour=15)  # 22:00 WIB
MORNING = MONDAY.replace(hour=23)  # 06:00 WIB of Tuesday

down: list[Exception] = []


class SometimesDown(EmailBackend):
    """A mail server that fails as long as the test has put reasons into `down`."""

    def send_messages(self, messages):
        if down:
            raise down[0]
        return super().send_messages(messages)


@pytest.fixture
def mail_server(settings):
    settings.EMAIL_BACKEND = "tests.app.test_cases_notices.SometimesDown"
    down.clear()
    yield down
    down.clear()


def to_reporter(topic: str) -> Notice:
    return Notice.objects.get(to_reporter=True, topic=topic)


# Once


def test_each_event_is_told_once_to_each_person(desk):
    ticket = desk.received()
    notice = to_reporter("accept")
    assert notice.event == f"{ticket.pk}.2.accept"
    notice.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        notice.save(force_insert=True)


def test_a_second_delivery_sends_nothing(desk, mailoutbox):
    desk.filed()
    pk = to_reporter("file_report").pk
    assert deliver(pk, MONDAY)
    assert not deliver(pk, MONDAY)
    assert len(mailoutbox) == 1


def test_whoever_does_it_is_not_told_of_it(desk):
    ticket = desk.in_analysis()
    Notice.objects.all().delete()
    talking.reply(ticket, act(desk.analyst, ticket, "Kami mencari."))
    talking.write(ticket, act(desk.reporter, ticket, "Baik."))
    assert sorted(Notice.objects.values_list("topic", "address")) == [
        ("moved", desk.analyst.email),
        ("reply", desk.reporter.email),
    ]


# When the mail server is down


def test_what_cannot_be_sent_now_is_sent_later_once(desk, mail_server, mailoutbox):
    desk.filed()
    pk = to_reporter("file_report").pk
    mail_server.append(ConnectionRefusedError("nobody listens"))
    moment = MONDAY
    for _ in range(5):
        assert deliver_due(moment) == 0
        moment += HOUR
    waiting = Notice.objects.get(pk=pk)
    assert (waiting.state, waiting.tries) == (Delivery.WAITING, 5)
    assert waiting.error == "ConnectionRefusedError: nobody listens"
    mail_server.clear()
    deliver_due(moment + HOUR)
    deliver_due(moment + 2 * HOUR)
    assert [message.to for message in mailoutbox].count([desk.reporter.email]) == 1


def test_failures_wait_longer_each_time_but_never_more_than_an_hour(desk, mail_server):
    desk.filed()
    pk = to_reporter("file_report").pk
    mail_server.append(smtplib.SMTPServerDisconnected("gone"))
    waits = []
    moment = MONDAY
    for _ in range(8):
        deliver(pk, moment)
        until = Notice.objects.get(pk=pk).not_before
        waits.append(until - moment)
        moment = until
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (2 * MINUTE, HOUR)


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (smtplib.SMTPRecipientsRefused({"x": (550, b"no such user")}), Delivery.GIVEN_UP),
        (smtplib.SMTPRecipientsRefused({"x": (450, b"try later")}), Delivery.WAITING),
        (smtplib.SMTPDataError(554, b"rejected"), Delivery.GIVEN_UP),
        (smtplib.SMTPDataError(421, b"busy"), Delivery.WAITING),
    ],
)
def test_a_refusal_for_good_is_told_apart_from_a_bad_moment(desk, mail_server, error, state):
    desk.filed()
    pk = to_reporter("file_report").pk
    mail_server.append(error)
    deliver(pk, MONDAY)
    assert Notice.objects.get(pk=pk).state == state


def test_after_a_week_of_failures_it_is_given_up(desk, mail_server):
    desk.filed()
    pk = to_reporter("file_report").pk
    mail_server.append(OSError("down"))
    deliver(pk, MONDAY + GIVE_UP_AFTER + MINUTE)
    assert Notice.objects.get(pk=pk).state == Delivery.GIVEN_UP


def test_a_worker_that_died_while_sending_leaves_it_to_another_with_the_same_name(desk, mailoutbox):
    desk.filed()
    pk = to_reporter("file_report").pk
    deliver(pk, MONDAY)
    first = mailoutbox[0].extra_headers["Message-ID"]
    Notice.objects.filter(pk=pk).update(state=Delivery.SENDING, sent_at=None)
    assert not deliver(pk, MONDAY + CLAIM_LASTS - MINUTE)
    assert deliver(pk, MONDAY + CLAIM_LASTS)
    assert mailoutbox[1].extra_headers["Message-ID"] == first


def test_an_error_of_ours_leaves_the_claim_to_be_taken_again(desk, monkeypatch):
    desk.filed()
    pk = to_reporter("file_report").pk
    monkeypatch.setattr("tickets.mailing.compose", _broken)
    with pytest.raises(RuntimeError):
        deliver(pk, MONDAY)
    monkeypatch.undo()
    assert deliver(pk, MONDAY + CLAIM_LASTS)


def _broken(_notice):
    raise RuntimeError


# When


@pytest.mark.parametrize(
    ("topic", "now", "expected"),
    [
        ("accept", MONDAY, MONDAY),
        ("accept", NIGHT, MORNING),
        ("accept", MORNING - MINUTE, MORNING),
        ("accept", MORNING, MORNING),
        ("moved", NIGHT, MORNING),
        ("file_report", NIGHT, NIGHT),  # they sit before the screen and wait for it
        ("confirm_address", NIGHT, NIGHT),
        ("late", NIGHT, MONDAY.replace(hour=1) + DAY),  # Tuesday 08:00 WIB
        ("remind_reporter", MONDAY + 5 * DAY, MONDAY.replace(hour=1) + 7 * DAY),  # Saturday
        ("late", MONDAY, MONDAY),
    ],
)
def test_nobody_is_written_to_at_night_or_reminded_outside_working_hours(
    siakad_system, topic, now, expected
):
    assert leaves_at(topic, now) == expected


def test_a_notice_of_the_night_leaves_in_the_morning(desk, mailoutbox):
    ticket = desk.filed()
    deliver_due(MONDAY)
    mailoutbox.clear()
    intake.accept(ticket, act(desk.front_desk, ticket, now=NIGHT))
    assert deliver_due(NIGHT) == 0
    assert deliver_due(MORNING) == len(mailoutbox) > 0


# What


def every_mail(desk, mailoutbox) -> list[mail.EmailMessage]:
    """All mails of a case's whole life, with a note and a refusal on the way."""
    ticket = desk.asked()
    talking.add_note(ticket, act(desk.analyst, ticket, "RAHASIA-INTERNAL"))
    approving.send_back(ticket, act(desk.approver, ticket, "RAHASIA-ALASAN"))
    analysing.ask_reporter(ticket, act(desk.analyst, ticket, "Kelas yang mana?"))
    analysing.answer(ticket, act(desk.reporter, ticket, "3B"))
    analysing.inform_found(ticket, act(desk.analyst, ticket, "Ada di arsip."))
    closing.confirm(ticket, act(desk.reporter, ticket))
    closing.close(ticket, act(desk.front_desk, ticket, "RAHASIA-TUTUP"))
    deliver_due(MONDAY)
    return mailoutbox


def test_nothing_internal_and_no_address_of_staff_reaches_a_reporter(desk, mailoutbox, settings):
    settings.PULIH_REPLY_ADDRESS = "pulih@uhamka.example"
    mails = every_mail(desk, mailoutbox)
    theirs = [message for message in mails if message.to == [desk.reporter.email]]
    assert len(theirs) >= 7
    staff = [desk.front_desk, desk.analyst, desk.executor, desk.approver]
    for message in theirs:
        words = message.message().as_string() + message.body
        assert "RAHASIA" not in words
        assert "/staf/" not in words
        for person in staff:
            assert person.email not in words
            assert person.full_name not in words
            assert person.username not in words


def test_staff_read_the_words_and_a_link_for_staff_and_never_the_reporters_link(desk, mailoutbox):
    mails = every_mail(desk, mailoutbox)
    theirs = [message for message in mails if message.to != [desk.reporter.email]]
    assert any("RAHASIA-ALASAN" in message.body for message in theirs)
    assert all("/staf/" in message.body for message in theirs)
    assert not any("/tiket/DT-" in re.sub("/staf/tiket/", "", message.body) for message in theirs)


def test_an_approver_is_led_to_the_decision_and_a_party_is_not_asked(desk, mailoutbox):
    also = new_person("kabag2", Role.APPROVER, Role.ANALYST)
    ticket = desk.planned()
    analysing.record_search(ticket, "search", "x", {}, act(also, ticket))
    approving.request_approval(ticket, act(desk.analyst, ticket))
    asked = Notice.objects.filter(topic="request_approval", to_reporter=False)
    assert list(asked.values_list("address", flat=True)) == [desk.approver.email]
    mailoutbox.clear()
    deliver(asked.get().pk, MONDAY)
    assert f"/staf/persetujuan/{ticket.number}/" in mailoutbox[0].body


def test_who_chose_english_reads_english(desk, mailoutbox):
    ticket = filed(desk.reporter, language="en")
    intake.accept(ticket, act(desk.front_desk, ticket))
    deliver_due(MONDAY)
    theirs = [message for message in mailoutbox if message.to == [desk.reporter.email]]
    assert "We have your report" in theirs[0].subject
    assert "by Monday, 23 November 2026, 11.00 WIB" in theirs[0].body
    assert "Assalamu" not in "".join(message.body for message in theirs)


def test_the_receipt_says_until_when_in_working_hours(desk, mailoutbox):
    desk.filed()
    deliver_due(MONDAY)
    receipt = next(message for message in mailoutbox if message.to == [desk.reporter.email])
    assert "Senin, 23 November 2026, 11.00 WIB" in receipt.body


def test_a_subject_cannot_carry_a_header(desk, mailoutbox):
    ticket = filed(desk.reporter, subject="Nilai\nBcc: orang@lain.example")
    deliver_due(MONDAY)
    message = mailoutbox[0].message()
    assert message["Bcc"] is None
    assert "\n" not in mailoutbox[0].subject
    assert ticket.number in mailoutbox[0].subject


def test_braces_in_what_people_write_stay_what_they_are(desk, mailoutbox):
    ticket = filed(desk.reporter, subject="{link} {0} %(x)s")
    talking.reply(ticket, act(desk.analyst, ticket, "{number} {oops}"))
    deliver_due(MONDAY)
    assert any("{number} {oops}" in message.body for message in mailoutbox)


def test_both_languages_have_the_same_letters_with_the_same_places():
    for letters in (TO_REPORTER, TO_STAFF):
        for topic, both in letters.items():
            places = [set(re.findall(r"\{\w+\}", text.subject + text.body)) for text in both]
            assert places[0] == places[1], topic
            assert all(text.subject and text.body for text in both)


# Answers by mail


keys = st.text(min_size=1, max_size=50)
addresses = st.builds(tokens.ReplyTo, st.integers(1, 2**40), st.none() | st.integers(1, 2**40))


@given(keys, addresses)
def test_a_signed_address_is_read_back_whatever_its_case(key, reply_to):
    address = tokens.reply_address("pulih@uhamka.example", key, reply_to)
    assert tokens.parse_reply(address, [key]) == reply_to
    assert tokens.parse_reply(address.upper(), ["old", key]) == reply_to
    assert len(parseaddr(address)[1].partition("@")[0]) <= 64


@given(keys, addresses, st.integers(0, 200), st.characters(codec="ascii"))
def test_a_changed_address_is_nobodys(key, reply_to, place, letter):
    address = tokens.reply_address("pulih@uhamka.example", key, reply_to)
    place %= len(address)
    changed = address[:place] + letter + address[place + 1 :]
    read = tokens.parse_reply(changed, [key])
    assert read is None or read == reply_to


@given(addresses)
def test_an_address_signed_by_another_is_nobodys(reply_to):
    address = tokens.reply_address("pulih@uhamka.example", "theirs", reply_to)
    assert tokens.parse_reply(address, ["ours", "older"]) is None


def address_in(message) -> str:
    (address,) = message.reply_to
    return address


def test_a_reporters_mail_comes_back_to_the_case_as_an_answer(desk, mailoutbox, settings):
    settings.PULIH_REPLY_ADDRESS = "pulih@uhamka.example"
    ticket = desk.waiting_reporter()
    deliver_due(MONDAY)
    asked = [message for message in mailoutbox if message.to == [desk.reporter.email]][-1]
    text = f"Kelas 3B.\r\n\r\nPada Senin BPTI menulis:\r\n{asked.body}"
    entry = talking.take_mail(address_in(asked), "<1@rumah>", text, MONDAY + HOUR)
    assert entry.words.startswith("Kelas 3B.")
    assert "Kelas yang mana" not in entry.words
    assert (entry.public, entry.side) == (True, "reporter")
    assert fresh(ticket).state == State.IN_ANALYSIS


def test_the_same_mail_fetched_twice_is_one_answer(desk, settings):
    ticket = desk.in_analysis()
    address = tokens.reply_address(
        "p@x.example", settings.SECRET_KEY, tokens.ReplyTo(ticket.pk, None)
    )
    assert talking.take_mail(address, "<1@rumah>", "Halo", MONDAY)
    assert talking.take_mail(address, "<1@rumah>", "Halo", MONDAY) is None
    assert Entry.objects.filter(words="Halo").count() == 1
    assert fresh(ticket).version == ticket.version + 1


def test_a_number_in_the_subject_opens_nothing(desk):
    ticket = desk.in_analysis()
    for address in (
        f"pulih+{ticket.number}@x.example",
        "pulih@x.example",
        "",
        "pulih+1.r.aaaa@x.example",
    ):
        assert talking.take_mail(address, "<1@x>", "Halo", MONDAY) is None
    assert not Entry.objects.filter(kind=EntryKind.MESSAGE).exists()


def test_a_mail_of_staff_is_a_note_that_the_reporter_never_sees(desk, settings):
    ticket = desk.in_analysis()
    reply_to = tokens.ReplyTo(ticket.pk, desk.analyst.pk)
    address = tokens.reply_address("p@x.example", settings.SECRET_KEY, reply_to)
    entry = talking.take_mail(address, "<2@x>", "Sudah saya cek.", MONDAY)
    assert (entry.kind, entry.public, entry.author) == (EntryKind.NOTE, False, desk.analyst)


def test_a_mail_to_an_ended_case_is_kept_and_told(desk, settings):
    ticket = desk.closed()
    address = tokens.reply_address(
        "p@x.example", settings.SECRET_KEY, tokens.ReplyTo(ticket.pk, None)
    )
    assert talking.take_mail(address, "<3@x>", "Terima kasih!", MONDAY)
    assert fresh(ticket).state == State.CLOSED
    assert Notice.objects.filter(topic="moved", entry__words="Terima kasih!").exists()


def test_a_mail_with_nothing_new_in_it_is_nothing(desk, settings):
    ticket = desk.in_analysis()
    address = tokens.reply_address(
        "p@x.example", settings.SECRET_KEY, tokens.ReplyTo(ticket.pk, None)
    )
    assert talking.take_mail(address, "<4@x>", "> kutipan saja\n>\n", MONDAY) is None


def test_notices_of_a_case_without_officer_go_to_its_section(desk):
    ticket = desk.filed()
    told = set(Notice.objects.filter(to_reporter=False).values_list("address", flat=True))
    assert told == {desk.analyst.email}  # ADD has one officer
    other = filed(desk.reporter, systems=[], system_unsure=True)
    told = Notice.objects.filter(ticket=other, to_reporter=False).values_list("address", flat=True)
    assert set(told) == {desk.front_desk.email}
    assert Ticket.objects.get(pk=ticket.pk).assignee is None
