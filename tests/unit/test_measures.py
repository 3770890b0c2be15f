"""Figures in words: sizes, ages, times of day, in both languages."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils.translation import override

from portal.lib import measures

NOW = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)  # 09:14 WIB
HARD = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "0 byte"),
        (999, "999 byte"),
        (1000, "1,0 KB"),
        (999_949, "999,9 KB"),
        (999_960, "1,0 MB"),
        (48_213_442_118, "48,2 GB"),
        (-1_100_000_000, "−1,1 GB"),
        (7 * 10**18, "7.000,0 PB"),
    ],
)
def test_a_size_is_rounded_in_the_unit_that_fits(amount, words):
    with override("id"):
        assert measures.size(amount) == words.replace(" ", HARD)


def test_a_size_follows_the_language_and_keeps_its_exact_figure():
    with override("en"):
        assert measures.size(48_213_442_118) == f"48.2{HARD}GB"
        assert measures.exact_size(48_213_442_118) == "48,213,442,118 bytes"
        assert measures.exact_size(1) == "1 byte"


@pytest.mark.parametrize(("amount", "words"), [(0, "0"), (300, "+300 byte"), (-300, "−300 byte")])
def test_a_change_says_its_direction(amount, words):
    with override("id"):
        assert measures.change(amount) == words.replace(" ", HARD)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(8.4, "8 d"), (848, "14 m 08 d"), (7500, "2 j 05 m"), (-3, "0 d")],
)
def test_a_duration_has_its_two_largest_units(seconds, words):
    with override("id"):
        assert measures.duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(20, "kurang dari semenit lagi"), (600, "± 10 menit lagi"), (4200, "± 1 j 10 m lagi")],
)
def test_an_estimate_is_no_finer_than_it_can_be_known(seconds, words):
    with override("id"):
        assert measures.about(seconds) == words


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (timedelta(seconds=20), "baru saja"),
        (timedelta(minutes=5), "5 menit lalu"),
        (timedelta(hours=33), "33 jam lalu"),
        (timedelta(hours=57), "2 hari lalu"),
        (timedelta(seconds=-5), "baru saja"),
    ],
)
def test_an_age_is_said_in_its_largest_unit(gap, words):
    with override("id"):
        assert measures.age(NOW - gap, NOW) == words


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(2026, 11, 22, 17, 14, tzinfo=UTC), "00:14"),
        (datetime(2026, 11, 20, 17, 11, tzinfo=UTC), "Sab 00:11"),
        (datetime(2026, 11, 16, 17, 0, tzinfo=UTC), "Sel 00:00"),
        (datetime(2026, 11, 15, 17, 0, tzinfo=UTC), "16 Nov"),
        (datetime(2025, 11, 15, 17, 0, tzinfo=UTC), "16 Nov 2025"),
    ],
)
def test_a_time_is_as_short_as_it_stays_clear_and_always_wib(at, words):
    with override("id"):
        assert measures.time_of_day(at, NOW) == words


def test_the_whole_time_names_day_and_zone():
    with override("id"):
        assert measures.full_time(NOW) == "Senin, 23 November 2026, 09:14:00 WIB"
