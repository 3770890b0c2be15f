"""The rule that decides which nights stay."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backups.retention import Night, Rule, plan

NOW = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
RULE = Rule(daily=7, weekly=4, monthly=6, yearly=2, floor=3)


def night(days_ago, **marks):
    taken = NOW - timedelta(days=days_ago, minutes=20)
    return Night(id=days_ago, taken_at=taken, day=date(2026, 11, 24) - timedelta(days_ago), **marks)


def year_of_nights(**marks):
    return [night(ago, **marks) for ago in range(400)]


def test_the_last_seven_nights_stay():
    kept = plan(year_of_nights(), RULE, NOW).keep
    assert all("daily" in kept[ago] for ago in range(7))
    assert "daily" not in kept.get(7, ())


def test_each_bucket_keeps_its_newest_night():
    kept = plan(year_of_nights(), RULE, NOW).keep
    monthly = sorted(ago for ago, why in kept.items() if "monthly" in why)
    assert [(date(2026, 11, 24) - timedelta(ago)).isoformat() for ago in monthly] == [
        "2026-11-24",
        "2026-10-31",
        "2026-09-30",
        "2026-08-31",
        "2026-07-31",
        "2026-06-30",
    ]


def test_two_backups_of_one_day_count_as_one_night_and_the_newest_stays():
    early = Night(id=1, taken_at=NOW - timedelta(hours=9), day=date(2026, 11, 24))
    late = Night(id=2, taken_at=NOW - timedelta(hours=1), day=date(2026, 11, 24))
    decided = plan([early, late], Rule(1, 0, 0, 0, floor=1), NOW)
    assert set(decided.keep) == {2}
    assert decided.forget == (1,)


def safety(id_, hours_ago, **marks):
    taken = NOW - timedelta(hours=hours_ago)
    return Night(id=id_, taken_at=taken, day=(taken + timedelta(hours=7)).date(), **marks, safety=1)


def test_a_safety_copy_never_takes_the_place_of_the_night_of_its_day():
    nights = [night(ago) for ago in range(4)]
    later = [safety(100 + ago, 24 * ago - 9, held=True) for ago in (1, 2, 3)]
    decided = plan([*nights, *later], Rule(3, 0, 0, 0, floor=1), NOW)
    assert set(decided.keep) == {0, 1, 2, 101, 102, 103}
    assert all("daily" in decided.keep[ago] for ago in range(3))


def test_a_safety_copy_stays_while_it_is_held_or_new_or_owes_a_copy_and_then_goes():
    nights = [night(ago) for ago in range(3)]
    copies = [safety(10, 2), safety(11, 90, held=True), safety(12, 91, owed=True), safety(13, 92)]
    decided = plan([*nights, *copies], Rule(3, 0, 0, 0, floor=1), NOW)
    assert decided.forget == (13,)


def test_a_fresh_safety_copy_is_no_fresh_night():
    decided = plan([night(3), night(4), safety(9, 1)], Rule(1, 0, 0, 0, floor=1), NOW)
    assert decided.refused.startswith("There is no fresh good backup")
    assert decided.forget == ()


def test_a_rule_of_noughts_still_keeps_the_floor():
    decided = plan(year_of_nights(), Rule(0, 0, 0, 0, floor=3), NOW)
    assert sorted(decided.keep) == [0, 1, 2]


def test_the_last_normal_night_is_never_pushed_out_by_anomalous_ones():
    nights = [night(ago, anomalous=ago < 30) for ago in range(40)]
    kept = plan(nights, Rule(3, 0, 0, 0, floor=1), NOW).keep
    assert "last normal" in kept[30]


def test_held_nights_stay():
    nights = [*(night(ago) for ago in range(20)), night(300, held=True)]
    assert plan(nights, Rule(3, 0, 0, 0, floor=1), NOW).keep[300] == ("held",)


def test_nothing_goes_before_the_newest_is_copied():
    nights = [night(0, owed=True), *(night(ago) for ago in range(1, 40))]
    decided = plan(nights, RULE, NOW)
    assert decided.forget == ()
    assert "owes a copy" in decided.refused


def test_an_old_night_that_owes_its_copy_stays():
    nights = [*(night(ago) for ago in range(40)), night(41, owed=True)]
    assert 41 not in plan(nights, RULE, NOW).forget


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOW - timedelta(days=2), "set back"),
        (NOW + timedelta(days=3), "no fresh good backup"),
    ],
)
def test_a_clock_that_cannot_be_trusted_lets_nothing_go(moment, words):
    decided = plan(year_of_nights(), RULE, moment)
    assert decided.forget == ()
    assert words in decided.refused


def test_a_clock_ten_years_ahead_lets_nothing_go():
    ahead = NOW + timedelta(days=3650)
    jumped = Night(id=9999, taken_at=ahead, day=date(2036, 11, 21))
    decided = plan([jumped, *year_of_nights()], RULE, ahead)
    assert decided.forget == ()
    assert "check the clock" in decided.refused


def test_no_nights_ask_for_nothing():
    assert plan([], RULE, NOW).refused == ""


rules = st.builds(
    Rule,
    daily=st.integers(0, 40),
    weekly=st.integers(0, 10),
    monthly=st.integers(0, 15),
    yearly=st.integers(0, 5),
    floor=st.integers(1, 10),
)
many_nights = st.sets(st.integers(0, 900), max_size=120).map(
    lambda days: [
        night(ago, anomalous=ago % 7 == 0, held=ago % 41 == 0, owed=ago % 53 == 0) for ago in days
    ]
)


@given(rules, many_nights)
def test_whatever_the_rule_the_floor_the_held_and_the_owing_stay(rule, nights):
    decided = plan(nights, rule, NOW)
    newest_first = sorted(night.id for night in nights)
    gone = set(decided.forget)
    assert not gone & set(newest_first[: rule.floor])
    assert not gone & {night.id for night in nights if night.held or night.owed}
    assert gone.isdisjoint(decided.keep)


@given(rules, many_nights)
def test_tidying_twice_lets_nothing_more_go(rule, nights):
    first = plan(nights, rule, NOW)
    left = [night for night in nights if night.id not in first.forget]
    assert plan(left, rule, NOW).forget == ()
