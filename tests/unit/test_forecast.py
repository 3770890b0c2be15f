"""What the days before foretell of a vault, and which part of it is read tonight."""

from datetime import UTC, date, datetime, timedelta

import pytest

from backups.forecast import forecast
from backups.reading import parts_due, parts_for

FIRST = date(2026, 1, 1)
BEGUN = datetime(2026, 1, 1, 3, tzinfo=UTC)


def days(*used):
    return [(FIRST + timedelta(days=number), each) for number, each in enumerate(used)]


def test_steady_growth_foretells_its_day():
    told = forecast(days(*range(0, 1000, 100)), free_bytes=1000)
    assert (told.growth, round(told.fit, 6)) == (100, 1)
    assert told.full_on == FIRST + timedelta(days=19)


def test_growth_that_leaps_fits_less():
    told = forecast(days(0, 500, 100, 900, 200, 1200, 300, 1500), free_bytes=10_000)
    assert 0 < told.fit < 0.8


@pytest.mark.parametrize("used", [(5,) * 8, (9, 8, 7, 6, 5, 4, 3, 2)])
def test_what_does_not_grow_is_never_full(used):
    assert forecast(days(*used), free_bytes=10).full_on is None


def test_few_days_foretell_nothing():
    assert forecast([], 10) is None
    assert forecast(days(1, 2, 3), 10) is None


def test_where_nobody_knows_what_is_free_only_growth_is_told():
    told = forecast(days(*range(8)), None)
    assert (told.growth, told.full_on) == (1, None)


def test_a_day_beyond_ten_years_is_not_told():
    assert forecast(days(*range(0, 16, 2)), 10**9).full_on is None


def test_a_round_ends_before_the_days_promised():
    assert parts_for(30) == 27
    assert parts_for(1) == 1
    assert parts_for(4000) == 256


def test_each_night_reads_one_part_and_more_when_nights_were_missed():
    assert parts_due(None, 0, 27, BEGUN) == 1
    assert parts_due(BEGUN, 1, 27, BEGUN + timedelta(days=1)) == 1
    assert parts_due(BEGUN, 1, 27, BEGUN + timedelta(days=3)) == 3
    assert parts_due(BEGUN, 1, 27, BEGUN + timedelta(days=20)) == 4
    assert parts_due(BEGUN, 26, 27, BEGUN + timedelta(days=40)) == 1
