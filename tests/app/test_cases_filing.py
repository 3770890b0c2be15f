"""From typed answers to a case with a number; once, whoever presses how often."""

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError

from portal.accounts.models import User
from portal.audit.models import AuditEvent
from tests.app.cases import DAY, HOUR, MINUTE, MONDAY, PDF, act, answers, drafted, filed, fresh
from tests.app.people import person as new_person
from tickets import conf, numbering, tokens
from tickets.actions import drafting, files, filing, intake
from tickets.actions.actors import person
from tickets.actions.ticking import end_what_ran_out
from tickets.errors import (
    Incomplete,
    NotReady,
    NotYours,
    TooManyUnconfirmed,
)
from tickets.mailing import deliver_due
from tickets.models import (
    Attachment,
    ClockInterval,
    Notice,
    NumberSeries,
    ReportDraft,
    Ticket,
    next_number,
)
from tickets.workflow import State

pytestmark = pytest.mark.django_db


# The draft


def test_answers_are_kept_as_they_were_typed_and_found_again_by_the_key(siakad_system):
    draft, key = drafting.open_draft(None, MONDAY)
    drafting.save_step(draft, "apa", {"happened": "lost"}, MONDAY)
    drafting.save_step(draft, "kapan", {"noticed_at": "kemarin?"}, MONDAY + MINUTE)
    kept = drafting.find_draft(key)
    assert kept.answers == {"happened": "lost", "noticed_at": "kemarin?"}
    assert (kept.step, kept.saved_at) == ("kapan", MONDAY + MINUTE)
    assert drafting.find_draft(key + "x") is None
    drafting.save_step(draft, "apa", {"subject": "a\0b"}, MONDAY)
    assert drafting.find_draft(key).answers["subject"] == "ab"
    assert key not in str(ReportDraft.objects.values().get())


def test_a_sent_draft_is_not_written_over(desk):
    draft = drafted(desk.reporter)
    filing.file_report(draft, desk.reporter, MONDAY)
    drafting.save_step(draft, "apa", {"happened": "damaged"}, MONDAY)
    assert ReportDraft.objects.get().answers["happened"] == "lost"


def test_drafts_of_an_account_are_offered_until_they_are_sent(desk):
    draft = drafted(desk.reporter)
    assert drafting.drafts_of(desk.reporter) == [draft]
    filing.file_report(draft, desk.reporter, MONDAY)
    assert drafting.drafts_of(desk.reporter) == []


def test_drafts_that_nobody_touched_for_a_month_are_forgotten_with_their_files(desk):
    draft = drafted(desk.reporter)
    place = files.attach_to_draft(draft, "a.pdf", PDF, MONDAY).file
    sent = drafted(desk.reporter)
    filing.file_report(sent, desk.reporter, MONDAY)
    assert drafting.forget_old_drafts(MONDAY + 29 * DAY) == 0
    assert drafting.forget_old_drafts(MONDAY + 31 * DAY) == 1
    assert not place.storage.exists(place.name)
    assert list(ReportDraft.objects.all()) == [sent]


# What is filed


def test_a_report_of_an_account_takes_who_it_is_from_the_account(desk):
    ticket = filed(desk.reporter, name="Orang Lain", email="lain@contoh.example")
    assert (ticket.reporter, ticket.reporter_name) == (desk.reporter, "Rahma Dosen")
    assert ticket.reporter_email == desk.reporter.email
    assert ticket.confirmed_at == MONDAY
    assert [system.slug for system in ticket.systems.all()] == ["siakad"]


def test_the_number_is_of_the_year_in_jakarta_and_speaks_for_itself(desk):
    new_year = MONDAY.replace(month=12, day=31, hour=17)  # 00:00 WIB on 1 January 2027
    first, last = filed(desk.reporter), filed(desk.reporter, now=new_year - MINUTE)
    next_year = filed(desk.reporter, now=new_year)
    assert [numbering.parse(ticket.number) for ticket in (first, last, next_year)] == [
        (2026, 1), (2026, 2), (2027, 1),
    ]  # fmt: skip


def test_a_second_press_finds_the_first_ones_ticket(desk):
    draft = drafted(desk.reporter)
    first = filing.file_report(draft, desk.reporter, MONDAY)
    again = filing.file_report(draft, desk.reporter, MONDAY + MINUTE)
    assert (first.ticket, first.token) == (again.ticket, again.token)
    assert Ticket.objects.count() == 1
    assert Notice.objects.filter(to_reporter=True).count() == 1


def test_files_of_the_draft_belong_to_the_ticket(desk):
    draft = drafted(desk.reporter)
    files.attach_to_draft(draft, "layar.pdf", PDF, MONDAY)
    ticket = filing.file_report(draft, desk.reporter, MONDAY).ticket
    assert Attachment.objects.get().ticket == ticket


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("happened", "stolen"), ("happened", ""), ("subject", "  "), ("subject", "x" * 141),
        ("lost_data", ""), ("systems", []), ("systems", ["tidak-ada"]), ("email", "rahma"),
        ("email", "a@b.example\nBcc: c@d.example"), ("name", ""), ("last_right_at", "31 Februari"),
        ("noticed_at", "2026-11-24T00:00"), ("needed_by", "2026-13-01"), ("language", "fr"),
        ("last_right_at", "2026-11-23T08:00"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_at_its_field_and_nothing_is_made(siakad_system, field, value):
    draft = drafted(**{field: value})
    with pytest.raises(Incomplete) as wrong:
        filing.file_report(draft, None, MONDAY)
    assert set(wrong.value.fields) == {field}
    assert not Ticket.objects.exists()
    assert ReportDraft.objects.get().answers[field] == value


def test_all_that_is_wrong_is_told_at_once(siakad_system):
    draft = drafted(happened="", subject="", email="x", systems=[])
    with pytest.raises(Incomplete) as wrong:
        filing.file_report(draft, None, MONDAY)
    assert set(wrong.value.fields) == {"happened", "subject", "email", "systems"}


def test_not_sure_of_the_system_is_an_answer(desk):
    ticket = filed(desk.reporter, systems=[], system_unsure=True)
    assert ticket.system_unsure


def test_a_report_without_times_can_be_filed(desk):
    ticket = filed(desk.reporter, last_right_at="", noticed_at="", last_right_words="lupa")
    assert (ticket.last_right_at, ticket.last_right_words) == (None, "lupa")


# An address alone


def test_an_address_alone_waits_for_its_mailbox_and_nobody_is_bothered(desk):
    ticket = filed(None)
    assert ticket.confirmed_at is None
    (notice,) = Notice.objects.all()
    assert (notice.topic, notice.address) == ("confirm_address", "rahma@rumah.example")
    assert not ClockInterval.objects.exists()
    assert ticket not in Ticket.objects.open().confirmed()
    with pytest.raises(NotReady, match="belum dikonfirmasi"):
        intake.accept(ticket, act(desk.front_desk, ticket))


def test_the_mailed_link_confirms_and_the_link_on_the_screen_does_not(desk):
    result = filing.file_report(drafted(), None, MONDAY)
    deliver_due(MONDAY)
    token = mail.outbox[0].body.split("/konfirmasi/")[1].split("/")[0]
    assert result.token not in mail.outbox[0].body
    with pytest.raises(NotYours):
        filing.confirm_by_link(result.ticket, result.token, MONDAY)
    filing.confirm_by_link(result.ticket, token, MONDAY + MINUTE)
    ticket = fresh(result.ticket)
    assert ticket.confirmed_at == MONDAY + MINUTE
    assert ClockInterval.objects.filter(ticket=ticket, clock="answer").exists()
    topics = set(Notice.objects.values_list("topic", flat=True))
    assert topics == {"confirm_address", "file_report", "moved"}


def test_a_confirmed_address_of_an_account_is_that_account(desk):
    ticket = filed(None, email=desk.reporter.email.upper())
    filing.confirm_reporter(ticket, act(desk.front_desk, ticket))
    assert fresh(ticket).reporter == desk.reporter


def test_an_address_that_two_accounts_share_is_neither(desk):
    new_person("kembar")
    User.objects.filter(username="kembar").update(email=desk.reporter.email)
    assert filing.account_of(desk.reporter.email) is None


def test_confirming_twice_says_so(desk):
    ticket = filed(None)
    filing.confirm_reporter(ticket, act(desk.front_desk, ticket))
    with pytest.raises(NotReady, match="sudah dikonfirmasi"):
        filing.confirm_reporter(ticket, act(desk.front_desk, ticket))


def test_what_nobody_confirms_for_five_working_days_is_cancelled(desk):
    ticket = filed(None)
    kept = filed(desk.reporter)
    assert end_what_ran_out(MONDAY + 6 * DAY) == 0
    assert end_what_ran_out(MONDAY + 7 * DAY) == 1
    assert fresh(ticket).state == State.CANCELLED
    assert fresh(kept).state == State.REPORTED


def test_an_address_cannot_be_flooded(siakad_system):
    for _ in range(filing.UNCONFIRMED_AT_ONCE):
        filed(None)
    with pytest.raises(TooManyUnconfirmed):
        filed(None, email="Rahma@Rumah.example")
    filed(None, email="lain@rumah.example")


def test_an_account_without_a_role_is_an_address_alone(desk, stranger):
    ticket = filed(stranger)
    assert (ticket.reporter, ticket.confirmed_at) == (None, None)


def test_the_front_desk_files_for_somebody_and_vouches_for_them(desk):
    draft = drafted(desk.front_desk)
    ticket = filing.file_report(draft, desk.front_desk, MONDAY, on_behalf=True).ticket
    assert (ticket.reporter, ticket.filed_by) == (None, desk.front_desk)
    assert ticket.reporter_email == "rahma@rumah.example"
    assert ticket.confirmed_at == MONDAY
    with pytest.raises(NotYours):
        filing.file_report(drafted(desk.analyst), desk.analyst, MONDAY, on_behalf=True)


# Links and numbers


def test_a_tracking_link_opens_its_ticket_and_no_other(desk):
    result = filing.file_report(drafted(desk.reporter), desk.reporter, MONDAY)
    other = desk.filed()
    assert filing.find_by_token(result.ticket.number, result.token) == result.ticket
    assert filing.find_by_token(other.number, result.token) is None
    assert filing.find_by_token(result.ticket.number, result.token[:-1]) is None
    assert filing.find_by_token(result.ticket.number, "") is None


def test_the_database_alone_opens_nothing(desk):
    result = filing.file_report(drafted(desk.reporter), desk.reporter, MONDAY)
    kept = str(Ticket.objects.values().get(pk=result.ticket.pk))
    assert result.token not in kept
    assert tokens.confirm_token(conf.secret_keys()[0], result.ticket.tracking_nonce) not in kept


def test_old_links_open_after_the_portals_key_changed(desk, settings):
    result = filing.file_report(drafted(desk.reporter), desk.reporter, MONDAY)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-key"
    assert filing.find_by_token(result.ticket.number, result.token) == result.ticket
    assert filing.tracking_token(result.ticket) == result.token
    settings.SECRET_KEY_FALLBACKS = []
    renewed = filing.tracking_token(fresh(result.ticket))
    assert filing.find_by_token(result.ticket.number, renewed) == result.ticket


def test_asking_for_the_link_says_nothing_and_mails_it_once_an_hour(desk):
    ticket = desk.filed()
    Notice.objects.all().delete()
    filing.send_link(ticket.number, "lain@contoh.example", MONDAY)
    filing.send_link("DT-2026-999999-0", ticket.reporter_email, MONDAY)
    assert not Notice.objects.exists()
    for minutes in (0, 5):
        filing.send_link(ticket.number, ticket.reporter_email.upper(), MONDAY + minutes * MINUTE)
    assert Notice.objects.count() == 1
    filing.send_link(ticket.number, ticket.reporter_email, MONDAY + HOUR)
    assert Notice.objects.count() == 2


def test_a_number_is_given_only_inside_a_transaction(transactional_db):
    with pytest.raises(TransactionManagementError):
        next_number("DT", 2026)


def test_a_report_that_fails_gives_its_number_back(desk, monkeypatch):
    monkeypatch.setattr("tickets.actions.filing.record", _broken)
    with pytest.raises(RuntimeError), transaction.atomic():
        filed(desk.reporter)
    monkeypatch.undo()
    assert numbering.parse(filed(desk.reporter).number) == (2026, 1)
    assert NumberSeries.objects.get().last == 1


def _broken(*_args, **_facts):
    raise RuntimeError


def test_the_audit_trail_names_no_person(desk):
    ticket = filed(None)
    event = AuditEvent.objects.get(verb="ticket.file_report")
    assert (event.actor, event.object_name) == ("reporter:link", ticket.number)
    words = event.facts_text + event.object_name
    assert not any(secret in words for secret in (answers()["name"], answers()["email"]))


def test_a_number_that_was_given_is_not_given_again_by_hand(desk):
    ticket = desk.filed()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO tickets_numberseries (name, year, last) VALUES ('DT', 2026, 0)")
    assert fresh(ticket).number == ticket.number


def test_what_a_person_is_to_a_case_is_found_for_each_case_anew(desk):
    own, other = desk.filed(), filed(desk.analyst)
    assert person(desk.analyst, own, MONDAY).standing == {"analyst"}
    assert person(desk.analyst, other, MONDAY).standing == {"analyst", "reporter"}
