"""Spelled-out numbers and dates, each checked against a rule that reads the words back."""

import calendar
from datetime import UTC, date, datetime, timedelta

import pytest

from tickets import patterns, spelling

DIGITS = dict(
    zip(
        ["nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan"],
        range(10),
        strict=True,
    )
)
EVERY_DAY = [
    date(2020, 1, 1) + timedelta(days=ahead)
    for ahead in range((date(2041, 1, 1) - date(2020, 1, 1)).days)
]


def value_of(words: str) -> int:
    """Read a number back by another rule: from left to right, se- opened up into satu."""
    total = group = last = 0
    opened = words.replace("sepuluh", "satu puluh").replace("sebelas", "satu belas")
    for word in opened.replace("seratus", "satu ratus").replace("seribu", "satu ribu").split():
        if word in DIGITS:
            group, last = group + DIGITS[word], DIGITS[word]
        elif word == "ribu":
            total, group = total + group * 1000, 0
        else:
            times = {"puluh": last * 9, "ratus": last * 99, "belas": 10}[word]
            group += times
    return total + group


def test_every_number_to_9999_reads_back_as_itself():
    assert [value_of(spelling.in_words(number)) for number in range(10_000)] == list(range(10_000))


def test_no_number_is_written_in_a_way_that_nobody_says():
    said = [spelling.in_words(number) for number in range(10_000)]
    assert len(set(said)) == len(said)
    for wrong in ("satu puluh", "satu belas", "satu ratus", "nol "):
        assert [words for words in said if wrong in words] == []
    assert [words for words in said if words.startswith("satu ribu")] == []


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "nol"),
        (11, "sebelas"),
        (23, "dua puluh tiga"),
        (100, "seratus"),
        (1998, "seribu sembilan ratus sembilan puluh delapan"),
        (2026, "dua ribu dua puluh enam"),
        (9999, "sembilan ribu sembilan ratus sembilan puluh sembilan"),
    ],
)
def test_numbers_are_said_as_people_say_them(number, words):
    assert spelling.in_words(number) == words


@pytest.mark.parametrize("number", [-1, 10_000])
def test_numbers_beyond_are_refused(number):
    with pytest.raises(ValueError, match="spelled out"):
        spelling.in_words(number)


def test_every_day_of_2020_to_2040_is_spelled_out_right():
    """The weekday by Zeller's congruence, day and year read back from their words."""
    sunday_first = ["Sabtu", "Minggu", "Senin", "Selasa", "Rabu", "Kamis", "Jumat"]
    for day in EVERY_DAY:
        month, year = (day.month, day.year) if day.month > 2 else (day.month + 12, day.year - 1)
        leap = year // 4 - year // 100 + year // 400
        zeller = (day.day + 13 * (month + 1) // 5 + year + leap) % 7
        assert spelling.day_name(day) == sunday_first[zeller], day
        assert value_of(spelling.titled(day.day).lower()) == day.day
        assert value_of(spelling.titled(day.year).lower()) == day.year
        number, name, of_year = spelling.long_date(day).split()
        assert (int(number), int(of_year)) == (day.day, day.year)
        assert spelling.MONTHS.index(name) + 1 == day.month
    assert len(EVERY_DAY) == 21 * 365 + 6
    assert calendar.isleap(2040)


def test_months_in_roman_read_back_as_themselves():
    values = {"I": 1, "V": 5, "X": 10}
    for month in range(1, 13):
        signs = [values[sign] for sign in spelling.roman_month(date(2026, month, 1))]
        ahead = [*signs[1:], 0]
        signed = (-one if one < n else one for one, n in zip(signs, ahead, strict=True))
        assert sum(signed) == month


def test_a_moment_is_told_in_wib_with_a_dot():
    at = datetime(2026, 12, 31, 17, 5, tzinfo=UTC)
    assert spelling.moment(at) == "1 Januari 2027, pukul 00.05 WIB"


@pytest.mark.parametrize(
    ("day", "hijri"),
    [
        (date(2025, 6, 26), "1 Muharam 1447"),
        (date(2026, 3, 20), "1 Syawal 1447"),
        (date(2026, 11, 23), "13 Jumadilakhir 1448"),
    ],
)
def test_the_hijri_date_is_proposed(day, hijri):
    assert spelling.hijri_date(day) == hijri


def test_a_day_that_no_table_reaches_has_no_hijri_date():
    assert spelling.hijri_date(date(2200, 1, 1)) == ""


def written(pattern: str, ordinal: int = 7, day: date = date(2026, 11, 23)) -> str:
    return patterns.written(pattern, ordinal, day, code="BA-01", unit="BPTI")


def test_patterns_give_the_numbers_that_the_procedure_uses():
    assert written("{no:03d}/{kode}/{unit}/{tahun}") == "007/BA-01/BPTI/2026"
    assert written("{no:04d}/{unit}/{bulan_romawi}/{tahun}") == "0007/BPTI/XI/2026"
    assert written("{no}.{bulan}.{tahun}", 1234) == "1234.11.2026"


@pytest.mark.parametrize(
    "pattern",
    [
        "{no:03d}/{kode}", "{kode}/{tahun}", "{no!r}/{tahun}", "{no:>9}/{tahun}", "{no/{tahun}",
        "{no}/{tahun:03d}", "{no.real}/{tahun}", "{no}/{tahun}/{rahasia}", "{no}{tahun}" + "x" * 60,
        "{}{no}{tahun}", "",
    ],
)  # fmt: skip
def test_a_pattern_that_would_not_tell_records_apart_is_refused(pattern):
    with pytest.raises(patterns.BadPattern):
        patterns.check(pattern)
