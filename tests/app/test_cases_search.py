"""Cases are found by their words, numbers and names, by staff, on both databases alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.app.cases import MINUTE, MONDAY, act, filed
from tickets.actions import talking
from tickets.models import SearchText, Ticket, find
from tickets.models.search import words_of

pytestmark = pytest.mark.django_db


def found(typed: str) -> list[str]:
    return list(find(Ticket.objects.order_by("pk"), typed).values_list("number", flat=True))


def test_a_case_is_found_by_what_its_report_its_people_and_its_talk_say(desk):
    ticket = desk.in_analysis()
    other = {"subject": "Foto wisuda rusak", "lost_data": "Album 2025", "place": "Drive"}
    filed(desk.analyst, **other, systems=[], system_unsure=True)
    talking.reply(ticket, act(desk.analyst, ticket, "Kami periksa tabel nilai_mahasiswa."))
    talking.add_note(ticket, act(desk.analyst, ticket, "Curiga skrip sinkronisasi."))
    for typed in (
        "statistika", "STATIST", "3b", "rahma", "siakad", "mahasiswa", "sinkron", "nilai kelas",
        "Rahma Statistika", "rahma@uhamka.example", ticket.number,
        ticket.number.lower(), "dt 2026 000001", "000001",
    ):  # fmt: skip
        assert found(typed) == [ticket.number], typed
    assert found("nilai wisuda") == []


@pytest.mark.parametrize(
    "typed",
    ["", "   ", "%", "'", '"', "\\", "../..", "a" * 300, "OR 1=1 --", "a AND b", "NOT x", "x*",
     "&|!:()", "\0", "🙂", "-", "kata:*"],
)  # fmt: skip
def test_whatever_is_typed_does_no_harm(desk, typed):
    desk.filed()
    assert found(typed) == []


def test_the_other_cases_of_a_mailbox_are_found_however_its_letters_are_written(desk):
    ticket = desk.filed()
    for written in (ticket.reporter_email, f" {ticket.reporter_email.upper()} "):
        assert list(Ticket.objects.of_mailbox(written)) == [ticket]
    assert not Ticket.objects.of_mailbox("lain@uhamka.example").exists()


def test_accents_and_case_do_not_matter(desk):
    ticket = filed(desk.reporter, subject="Résumé Ñandú ﬁnal")
    for typed in ("resume", "RÉSUMÉ", "nandu", "final"):
        assert found(typed) == [ticket.number], typed


def test_other_scripts_are_found_too(desk):
    ticket = filed(desk.reporter, subject="أرشيف المحاضرات ꦥꦸꦭꦶꦃ")
    assert found("أرشيف") == [ticket.number]


def test_a_withdrawn_note_is_found_no_more(desk):
    ticket = desk.in_analysis()
    note = talking.add_note(ticket, act(desk.analyst, ticket, "salahkirim"))
    talking.add_note(ticket, act(desk.analyst, ticket, "benarkirim"))
    assert found("salahkirim") == [ticket.number]
    talking.withdraw_note(note, act(desk.analyst, ticket, now=MONDAY + MINUTE))
    assert found("salahkirim") == []
    assert found("benarkirim rahma") == [ticket.number]


def test_only_what_one_may_see_is_found(desk, stranger):
    ticket = desk.filed()
    other = filed(desk.analyst)
    mine = find(Ticket.objects.visible_to(desk.reporter), "statistika")
    assert list(mine) == [ticket]
    assert other in find(Ticket.objects.visible_to(desk.analyst), "statistika")
    assert not find(Ticket.objects.visible_to(stranger), "statistika").exists()


def test_a_change_that_rolls_back_leaves_no_words(desk, monkeypatch):
    ticket = desk.in_analysis()
    monkeypatch.setattr("tickets.actions.moving.record", _broken)
    with pytest.raises(RuntimeError):
        talking.add_note(ticket, act(desk.analyst, ticket, "hilanglagi"))
    assert found("hilanglagi") == []
    assert "hilanglagi" not in SearchText.objects.get(ticket=ticket).words


def _broken(*_args, **_facts):
    raise RuntimeError


@given(st.text(max_size=80))
def test_words_are_letters_and_figures_only(text):
    for word in words_of(text):
        assert word
        assert word.isalnum() or all(c.isalnum() or c.isnumeric() for c in word)
        assert "_" not in word
