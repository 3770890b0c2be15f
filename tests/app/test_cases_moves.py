"""Whole stories of cases, and what every single move leaves behind."""

import pytest
from django.db import transaction

from backups.models import Hold
from portal.audit.models import AuditEvent
from portal.audit.verify import verify as verify_audit
from tests.app.cases import (
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    act,
    answers,
    filed,
    fresh,
    link_act,
    new_night,
    surveyed,
)
from tickets.actions import (
    analysing,
    approving,
    choosing,
    closing,
    intake,
    presence,
    restoring,
    talking,
)
from tickets.errors import (
    Conflict,
    CopyGone,
    NoteKept,
    NotNow,
    NotReady,
    NotYours,
    WordsMissing,
    WrongCase,
    WrongPerson,
)
from tickets.models import (
    Entry,
    EntryKind,
    Evidence,
    EvidenceKind,
    For,
    Notice,
    Plan,
    Rating,
    Side,
    Ticket,
    TieKind,
    TypedText,
)
from tickets.priorities import Impact, Urgency
from tickets.workflow import State

pytestmark = pytest.mark.django_db


def events(ticket) -> list[str]:
    return list(
        AuditEvent.objects.filter(object_kind="tickets.ticket", object_id=str(ticket.pk))
        .order_by("sequence")
        .values_list("verb", flat=True)
    )


# The stories


def test_from_report_to_closure_by_way_of_a_restore(desk):
    ticket = desk.closed()
    assert fresh(ticket).state == State.CLOSED
    assert fresh(ticket).closed_at == MONDAY
    assert [verb.removeprefix("ticket.") for verb in events(ticket)] == [
        "file_report", "accept", "start_analysis", "record_search", "attach", "give_letter",
        "choose_plan", "request_approval", "approve", "settle_restored", "verify", "confirm",
        "close",
    ]  # fmt: skip
    assert verify_audit().first_bad is None


def test_data_that_are_still_there_need_no_approval_and_no_restore(desk):
    ticket = desk.found()
    closing.confirm(ticket, act(desk.reporter, ticket))
    closing.close(ticket, act(desk.front_desk, ticket))
    assert not ticket.approvals.exists()
    assert fresh(ticket).state == State.CLOSED


def test_a_refused_plan_can_be_mended_and_asked_for_again(desk):
    ticket = desk.asked()
    approving.refuse(ticket, act(desk.approver, ticket, "Data pengganti sudah diisi."))
    analysing.resume(ticket, act(desk.analyst, ticket))
    choosing.choose_plan(ticket, desk.choice(scope={"tables": ["krs"]}), act(desk.analyst, ticket))
    surveyed(ticket)
    approving.request_approval(ticket, act(desk.analyst, ticket))
    approving.approve(ticket, act(desk.approver, ticket))
    assert fresh(ticket).state == State.APPROVED


def test_a_dispute_brings_the_case_back_to_the_analyst(desk):
    ticket = desk.waiting_confirmation()
    closing.dispute(ticket, act(desk.reporter, ticket, "Dua nilai masih kosong."))
    analysing.resume(ticket, act(desk.analyst, ticket))
    assert fresh(ticket).state == State.IN_ANALYSIS
    said = ticket.entries.get(move="dispute")
    assert (said.public, said.side, said.words) == (True, Side.REPORTER, "Dua nilai masih kosong.")


def test_what_no_copy_has_is_said_to_be_lost(desk):
    ticket = desk.searched()
    closing.cannot_recover(
        ticket, act(desk.analyst, ticket, "Tidak ada salinan sebelum tanggal itu.")
    )
    assert fresh(ticket).closed_at


def test_a_failed_restore_is_settled_with_its_reason_as_evidence(desk):
    ticket = desk.restoring()
    outcome = restoring.Outcome(restored=False, summary="Disk penuh", facts={"phase": "load"})
    restoring.settle(ticket, outcome, MONDAY)
    assert fresh(ticket).state == State.RESTORE_FAILED
    assert Evidence.objects.get(kind=EvidenceKind.RESTORE).facts == {"phase": "load"}


def test_a_second_settling_changes_nothing(desk):
    ticket = desk.restored()
    with pytest.raises(NotNow):
        restoring.settle(fresh(ticket), restoring.Outcome(restored=False, summary="x"), MONDAY)
    assert fresh(ticket).state == State.RESTORED


def test_whoever_executed_cannot_say_that_it_is_right(desk):
    ticket = desk.restored()
    with pytest.raises(NotReady, match="pelaksana"):
        restoring.verify(ticket, act(desk.executor, ticket, "Sudah benar."))
    with pytest.raises(NotReady, match="pelaksana"):
        restoring.find_wrong(ticket, act(desk.executor, ticket, "Salah."))
    restoring.verify(ticket, act(desk.analyst, ticket, "Sudah benar."))
    assert Plan.objects.get(ticket=ticket).verified_by == desk.analyst


def test_a_wrong_result_goes_back_and_is_not_shown_to_the_reporter(desk):
    ticket = desk.restored()
    restoring.find_wrong(ticket, act(desk.analyst, ticket, "Tiga baris kurang."))
    assert fresh(ticket).state == State.RESTORE_FAILED
    assert "Tiga baris" not in "".join(entry.words for entry in ticket.entries.shown())


def test_the_reporter_answers_and_analysis_goes_on(desk):
    ticket = desk.waiting_reporter()
    analysing.answer(ticket, act(desk.reporter, ticket, "Kelas 3B."))
    assert fresh(ticket).state == State.IN_ANALYSIS


# What each move leaves behind


def test_a_move_is_swapped_written_down_told_and_recorded_together(desk):
    ticket = desk.filed()
    Notice.objects.all().delete()
    intake.accept(ticket, act(desk.front_desk, ticket, now=MONDAY + MINUTE))
    kept = fresh(ticket)
    assert (kept.state, kept.version, kept.state_since) == (State.RECEIVED, 2, MONDAY + MINUTE)
    assert (ticket.state, ticket.version) == (kept.state, kept.version)
    entry = ticket.entries.get(move="accept")
    assert (entry.kind, entry.public, entry.version) == (EntryKind.EVENT, True, 2)
    assert Notice.objects.get(to_reporter=True).topic == "accept"
    event = AuditEvent.objects.get(verb="ticket.accept")
    assert event.facts == {"from": "reported", "to": "received", "version": 2}
    assert event.object_name == ticket.number


def test_a_move_that_fails_at_its_very_end_leaves_nothing(desk, monkeypatch):
    ticket = desk.filed()
    monkeypatch.setattr("tickets.actions.moving.record", _broken)
    before = (Entry.objects.count(), Notice.objects.count())
    with pytest.raises(RuntimeError), transaction.atomic():
        intake.accept(ticket, act(desk.front_desk, ticket))
    assert fresh(ticket).state == State.REPORTED
    assert (Entry.objects.count(), Notice.objects.count()) == before


def _broken(*_args, **_facts):
    raise RuntimeError


def test_internal_words_stand_in_a_note_beside_the_public_line(desk):
    ticket = desk.filed()
    intake.accept(ticket, act(desk.front_desk, ticket, "Sepertinya salah unggah."))
    lines = list(ticket.entries.filter(move="accept").values_list("kind", "public", "words"))
    assert lines == [("event", True, ""), ("note", False, "Sepertinya salah unggah.")]


def test_words_that_a_move_needs_are_asked_for(desk):
    ticket = desk.in_analysis()
    with pytest.raises(WordsMissing):
        analysing.ask_reporter(ticket, act(desk.analyst, ticket, "   "))
    assert fresh(ticket).state == State.IN_ANALYSIS


# Two who work on one case


def test_the_second_of_two_is_told_who_did_what_and_when(desk):
    ticket = desk.received()
    mine, theirs = fresh(ticket), fresh(ticket)
    analysing.start_analysis(theirs, act(desk.analyst, theirs, now=MONDAY + MINUTE))
    with pytest.raises(Conflict) as stale:
        analysing.ask_reporter(mine, act(desk.front_desk, mine, "Kelas yang mana?"))
    (change,) = stale.value.changes
    assert (change.who, change.move, change.at) == (
        "Agus Basisdata", "Analisis dimulai", MONDAY + MINUTE,
    )  # fmt: skip
    assert (stale.value.state, stale.value.version) == ("Dianalisis", mine.version + 1)
    assert not Entry.objects.filter(move="ask_reporter").exists()


def test_a_page_that_is_too_old_is_told_even_when_the_row_is_fresh(desk):
    ticket = desk.in_analysis()
    seen = ticket.version
    talking.reply(ticket, act(desk.front_desk, ticket, "Kami sedang mencari."))
    with pytest.raises(Conflict) as stale:
        talking.reply(fresh(ticket), act(desk.analyst, ticket, "Kami mulai.", seen=seen))
    assert stale.value.changes[0].words == "Kami sedang mencari."
    talking.reply(fresh(ticket), act(desk.analyst, ticket, "Kami mulai.", seen=stale.value.version))


def test_a_reporter_is_told_of_a_conflict_without_names_and_without_notes(desk):
    ticket = desk.waiting_confirmation()
    stale = fresh(ticket)
    talking.add_note(ticket, act(desk.analyst, ticket, "Curiga sengaja dihapus."))
    talking.reply(ticket, act(desk.analyst, ticket, "Mohon lihat kelas 3B."))
    with pytest.raises(Conflict) as told:
        closing.confirm(stale, act(desk.reporter, stale))
    assert [(change.who, change.words) for change in told.value.changes] == [
        ("BPTI", "Mohon lihat kelas 3B.")
    ]


def test_a_note_hinders_nobody_and_is_hindered_by_nobody(desk):
    ticket = desk.in_analysis()
    old = fresh(ticket)
    analysing.ask_reporter(ticket, act(desk.analyst, ticket, "Kelas yang mana?"))
    talking.add_note(
        fresh(ticket), act(desk.front_desk, ticket, "Sudah menelepon.", seen=old.version)
    )
    assert fresh(ticket).version == old.version + 1


# Routing, people, priorities


def test_a_report_goes_to_the_section_of_its_system_and_elsewhere_to_the_front_desk(desk):
    assert desk.filed().section == "ADD"
    unsure = filed(desk.reporter, systems=[], system_unsure=True)
    assert unsure.section == "YANSI"
    assert intake.suggested_sections(desk.filed()) == ["ADD"]


def test_another_section_means_another_officer(desk):
    ticket = desk.in_analysis()
    assert ticket.assignee == desk.analyst
    intake.route(ticket, intake.Section.JDS, act(desk.front_desk, ticket))
    assert (fresh(ticket).section, fresh(ticket).assignee) == ("JDS", None)


def test_a_case_is_given_only_to_who_handles_cases(desk, auditor):
    ticket = desk.received()
    for nobody in (auditor, desk.approver, desk.reporter):
        with pytest.raises(WrongPerson):
            intake.assign(ticket, nobody, act(desk.front_desk, ticket))
    intake.assign(ticket, desk.executor, act(desk.front_desk, ticket))
    assert fresh(ticket).assignee == desk.executor


def test_priority_follows_from_impact_and_urgency(desk):
    ticket = desk.received()
    intake.prioritise(ticket, Impact.MANY, Urgency.NOW, act(desk.front_desk, ticket))
    assert fresh(ticket).priority == 1


def test_the_systems_of_a_case_are_corrected_with_a_trace(desk, siakad_system):
    ticket = filed(desk.reporter, systems=[], system_unsure=True)
    intake.name_systems(ticket, [siakad_system], act(desk.front_desk, ticket))
    assert list(ticket.systems.all()) == [siakad_system]
    assert ticket.entries.get(move="name_systems").facts == {"before": [], "systems": ["siakad"]}


# Merging and tying


def test_two_reports_of_one_person_become_one_case(desk):
    first, second = desk.filed(), desk.filed()
    before = fresh(first).version
    intake.merge(second, first, act(desk.front_desk, second))
    assert (fresh(second).state, fresh(second).merged_into) == (State.CANCELLED, first)
    assert fresh(first).version == before + 1
    assert first.entries.get(move="merge").facts == {"merged": second.number}


def test_cases_of_different_people_are_tied_and_never_merged(desk, stranger):
    mine = desk.filed()
    other = filed(desk.approver)
    with pytest.raises(WrongCase):
        intake.merge(mine, other, act(desk.front_desk, mine))
    tie = intake.link(other, mine, TieKind.SAME_CAUSE, act(desk.front_desk, other))
    assert (tie.first, tie.second) == (mine, other)
    assert intake.link(mine, other, TieKind.RELATED, act(desk.front_desk, mine)) == tie
    with pytest.raises(WrongCase):
        intake.link(mine, mine, TieKind.RELATED, act(desk.front_desk, mine))


def test_a_case_is_not_merged_into_an_ended_one_nor_into_itself(desk):
    first, second = desk.filed(), desk.filed()
    closing.cancel(first, act(desk.reporter, first, "Sudah ketemu."))
    for target in (first, second):
        with pytest.raises(WrongCase):
            intake.merge(fresh(second), target, act(desk.front_desk, second))
    assert fresh(second).state == State.REPORTED


def test_a_merged_case_is_not_opened_again(desk):
    first, second = desk.filed(), desk.filed()
    intake.merge(second, first, act(desk.front_desk, second))
    with pytest.raises(NotReady, match="digabung"):
        closing.reopen(second, act(desk.reporter, second, "Belum."))


# Plans and holds


def test_a_chosen_copy_is_held_until_the_case_ends(desk):
    ticket = desk.planned()
    assert Hold.objects.get().snapshot == desk.night
    other = new_night(desk.night.source, MONDAY - DAY)
    choosing.choose_plan(ticket, desk.choice(snapshot=other), act(desk.analyst, ticket))
    assert Hold.objects.get().snapshot == other
    closing.cannot_recover(ticket, act(desk.analyst, ticket, "Salinannya rusak juga."))
    assert not Hold.objects.exists()


def test_another_choice_is_another_plan(desk):
    ticket = desk.planned()
    choosing.choose_plan(ticket, desk.choice(target="live"), act(desk.analyst, ticket))
    old, new = ticket.plans.all()
    assert (old.superseded_at, new.superseded_at) == (MONDAY, None)
    assert old.fingerprint() != new.fingerprint()


def test_a_copy_that_no_vault_has_cannot_be_chosen(desk):
    ticket = desk.searched()
    desk.night.copies.update(state="forgotten")
    with pytest.raises(CopyGone):
        choosing.choose_plan(ticket, desk.choice(), act(desk.analyst, ticket))
    assert not Hold.objects.exists()


def test_only_an_analyst_is_named_as_executor(desk):
    ticket = desk.searched()
    with pytest.raises(WrongPerson):
        choosing.choose_plan(
            ticket, desk.choice(executor=desk.front_desk), act(desk.analyst, ticket)
        )


def test_evidence_keeps_its_hash_and_takes_no_fractions(desk):
    ticket = desk.in_analysis()
    kept = analysing.record_search(
        ticket, EvidenceKind.COMPARISON, "40 hilang", {"missing": 40, "tables": ["nilai"]},
        act(desk.analyst, ticket),
    )  # fmt: skip
    assert Evidence.objects.get(pk=kept.pk).is_unchanged
    with pytest.raises(ValueError, match="no single written form"):
        analysing.record_search(
            ticket, EvidenceKind.COMPARISON, "x", {"share": 0.5}, act(desk.analyst, ticket)
        )


# Ends and new beginnings


def test_a_reporter_opens_an_ended_case_again_within_the_period(desk):
    ticket = desk.closed()
    closing.reopen(
        ticket, act(desk.reporter, ticket, "Ternyata kurang satu.", now=MONDAY + 9 * DAY)
    )
    kept = fresh(ticket)
    assert (kept.state, kept.closed_at) == (State.IN_ANALYSIS, None)
    assert not Plan.objects.filter(ticket=ticket, superseded_at=None).exists()


def test_after_the_period_only_staff_opens_it_again(desk):
    ticket = desk.closed()
    later = MONDAY + 20 * DAY
    with pytest.raises(NotReady, match="laporan baru"):
        closing.reopen(ticket, act(desk.reporter, ticket, "Ternyata kurang.", now=later))
    closing.reopen(ticket, act(desk.front_desk, ticket, "Pelapor menelepon.", now=later))


def test_a_case_is_rated_once_and_only_by_its_reporter(desk):
    ticket = desk.closed()
    with pytest.raises(NotYours):
        closing.rate(ticket, 5, act(desk.front_desk, ticket))
    closing.rate(ticket, 5, act(desk.reporter, ticket, "Cepat."))
    with pytest.raises(NotReady, match="sudah diberikan"):
        closing.rate(ticket, 1, act(desk.reporter, ticket))
    assert Rating.objects.get().words == "Cepat."


def test_a_cancelled_request_leaves_no_approval_standing(desk):
    ticket = desk.approved()
    closing.cancel(ticket, act(desk.reporter, ticket, "Tidak perlu lagi."))
    assert ticket.approvals.get().void_at == MONDAY


# Talk


def test_a_note_is_withdrawn_by_its_author_for_ten_minutes_and_leaves_a_trace(desk):
    ticket = desk.in_analysis()
    note = talking.add_note(ticket, act(desk.analyst, ticket, "Salah kasus."))
    with pytest.raises(NoteKept):
        talking.withdraw_note(note, act(desk.front_desk, ticket))
    with pytest.raises(NoteKept):
        talking.withdraw_note(note, act(desk.analyst, ticket, now=MONDAY + 11 * MINUTE))
    talking.withdraw_note(note, act(desk.analyst, ticket, now=MONDAY + 9 * MINUTE))
    kept = Entry.objects.get(pk=note.pk)
    assert (kept.words, kept.withdrawn_at) == ("", MONDAY + 9 * MINUTE)
    assert ticket.entries.filter(move="withdraw_note").exists()


def test_a_message_to_the_reporter_is_never_withdrawn_only_corrected(desk):
    ticket = desk.in_analysis()
    sent = talking.reply(ticket, act(desk.analyst, ticket, "Data ada di tahun 2025."))
    with pytest.raises(NoteKept):
        talking.withdraw_note(sent, act(desk.analyst, ticket))
    better = talking.reply(ticket, act(desk.analyst, ticket, "Maksud kami 2026."), corrects=sent)
    assert Entry.objects.get(pk=better.pk).corrects == sent


def test_what_is_half_typed_survives_what_others_do_and_goes_when_it_is_sent(desk):
    ticket = desk.in_analysis()
    presence.keep_typed(ticket, desk.analyst, For.REPORTER, "Kami sedang", MONDAY)
    intake.assign(ticket, desk.executor, act(desk.front_desk, ticket))
    assert presence.typed(ticket, desk.analyst)["reporter"].words == "Kami sedang"
    talking.reply(ticket, act(desk.analyst, ticket, "Kami sedang mencari."))
    assert not TypedText.objects.exists()


def test_people_see_who_else_has_the_case_open(desk):
    ticket = desk.in_analysis()
    presence.be_present(ticket, desk.analyst, MONDAY, typing=True)
    presence.be_present(ticket, desk.front_desk, MONDAY)
    seen = presence.others_present(ticket, desk.front_desk, MONDAY + MINUTE)
    assert [(each.user, each.typing) for each in seen] == [(desk.analyst, True)]
    assert presence.others_present(ticket, desk.front_desk, MONDAY + HOUR) == []


def test_the_reporter_behind_a_link_acts_without_an_account(desk):
    ticket = desk.waiting_reporter()
    analysing.answer(ticket, link_act(ticket, "Kelas 3B."))
    assert AuditEvent.objects.get(verb="ticket.answer").actor == "reporter:link"
    assert answers()["name"] not in str(AuditEvent.objects.get(verb="ticket.answer").facts)


def test_whose_eyes_see_which_cases(desk, auditor, administrator, stranger):
    ticket = desk.filed()
    for user in (desk.front_desk, desk.analyst, desk.approver, auditor, desk.reporter):
        assert ticket in Ticket.objects.visible_to(user)
    for user in (administrator, stranger):
        assert ticket not in Ticket.objects.visible_to(user)
