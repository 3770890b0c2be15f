"""Ticket numbers: every slip of a finger is caught, every honest way to write one is read."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.errors import BadNumber, MistypedNumber
from tickets.numbering import QUASIGROUP, TicketNumber, check_digit, parse

DIGITS = "0123456789"
numbers = st.builds(
    TicketNumber,
    st.integers(2020, 2999),
    st.integers(1, 999_999_999),
)


def caught(text: str) -> bool:
    try:
        parse(text)
    except BadNumber:
        return True
    return False


def variants_with_one_wrong_digit(text: str):
    for place, right in enumerate(text):
        if right in DIGITS:
            for wrong in set(DIGITS) - {right}:
                yield text[:place] + wrong + text[place + 1 :]


def variants_with_neighbours_exchanged(text: str):
    places = [place for place, letter in enumerate(text) if letter in DIGITS]
    for first, second in pairwise(places):
        if text[first] != text[second]:
            letters = list(text)
            letters[first], letters[second] = letters[second], letters[first]
            yield "".join(letters)


def test_the_example_of_the_procedures_papers_is_a_right_number():
    assert str(TicketNumber(2026, 123)) == "DT-2026-000123-7"
    assert parse("DT-2026-000123-7") == (2026, 123)


def test_the_quasigroup_catches_every_wrong_digit_and_every_exchange():
    """Exhaustive over all the states that the chain can be in (Damm, 2004, theorem 2)."""
    step = [[int(digit) for digit in row] for row in QUASIGROUP]
    for state in range(10):
        assert sorted(step[state]) == list(range(10))
        assert step[state][state] == 0
        for a in range(10):
            for b in range(a):
                assert step[step[state][a]][b] != step[step[state][b]][a]
                assert (step[state][a], step[state][b]) != (b, a)


def test_every_slip_in_every_number_of_a_year_s_first_thousand_is_caught():
    for ordinal in range(1, 1001):
        text = str(TicketNumber(2026, ordinal))
        slips = [*variants_with_one_wrong_digit(text), *variants_with_neighbours_exchanged(text)]
        assert all(caught(slip) for slip in slips), text


@given(numbers)
def test_every_slip_in_any_number_is_caught(number):
    text = str(number)
    assert all(map(caught, variants_with_one_wrong_digit(text)))
    assert all(map(caught, variants_with_neighbours_exchanged(text)))


@given(numbers)
def test_a_number_is_read_as_it_was_written(number):
    assert parse(str(number)) == number


@pytest.mark.parametrize(
    "text",
    [
        "dt-2026-000123-7",
        "  DT 2026 000123 7 ",
        "DT20260001237",
        "dt2026-000123-7\n",
        "DT–2026—000123−7",
        "DT/2026/000123/7",
        "DT.2026.000123.7",
        "DT-2026-OOO123-7",
        "DT-2026-000l23-7",
        "ＤＴ－２０２６－０００１２３－７",
    ],
)
def test_case_blanks_dashes_and_lookalikes_do_not_matter(text):
    assert parse(text) == (2026, 123)


@pytest.mark.parametrize(
    "text",
    [
        "", "DT", "123", "DT-26-123-7", "XX-2026-000123-7", "DT-2026-000123", "DT-2026-000123-7-7",
        "DT-2026-0000123-7", "DT-9026-000123-7", "' OR 1=1 --", "DT-2026-000123-٧" * 9, "\0",
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused(text):
    with pytest.raises(BadNumber):
        parse(text)


def test_a_slip_is_told_apart_from_what_is_no_number():
    with pytest.raises(MistypedNumber, match="salah ketik"):
        parse("DT-2026-000132-7")


def test_the_millionth_ticket_of_a_year_has_a_number_too():
    text = str(TicketNumber(2026, 1_000_000))
    assert text.startswith("DT-2026-1000000-")
    assert parse(text) == (2026, 1_000_000)
    assert parse(text.replace("-", "")) == (2026, 1_000_000)


def test_two_numbers_differ_in_more_than_their_check_digit_only_by_their_ordinal():
    assert check_digit("2026000123") != check_digit("2026000124")
