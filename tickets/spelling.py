"""Numbers and dates in Indonesian words, as a berita acara spells them out; months in Roman.

Rules: Kamus Besar Bahasa Indonesia, "bilangan": sebelas for 11, -belas from 12 to 19, se- for one
hundred and one thousand. Checked against an independent rule in tests/unit/test_spelling.py.
"""

from __future__ import annotations

from datetime import date, datetime

from hijridate import Gregorian

from portal.lib.clock import WIB

ONES = (
    "nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan",
    "sepuluh", "sebelas",
)  # fmt: skip
LARGEST = 9999
TEN, TEENS, HUNDRED, TWO_HUNDRED, THOUSAND, TWO_THOUSAND = 10, 20, 100, 200, 1000, 2000
DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September",
    "Oktober", "November", "Desember",
)  # fmt: skip
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
HIJRI_MONTHS = (
    "Muharam", "Safar", "Rabiulawal", "Rabiulakhir", "Jumadilawal", "Jumadilakhir", "Rajab",
    "Syakban", "Ramadan", "Syawal", "Zulkaidah", "Zulhijah",
)  # fmt: skip


def in_words(number: int) -> str:
    """Return 0 to 9999 in words, in small letters; raise ValueError beyond."""
    if not 0 <= number <= LARGEST:
        raise ValueError(f"{number} is not spelled out here: 0 to {LARGEST} are.")
    if number < len(ONES):
        return ONES[number]
    if number < TEENS:
        return f"{ONES[number - TEN]} belas"
    if number < HUNDRED:
        return _joined(f"{ONES[number // TEN]} puluh", number % TEN)
    if number < TWO_HUNDRED:
        return _joined("seratus", number - HUNDRED)
    if number < THOUSAND:
        return _joined(f"{ONES[number // HUNDRED]} ratus", number % HUNDRED)
    if number < TWO_THOUSAND:
        return _joined("seribu", number - THOUSAND)
    return _joined(f"{ONES[number // THOUSAND]} ribu", number % THOUSAND)


def _joined(head: str, rest: int) -> str:
    return f"{head} {in_words(rest)}" if rest else head


def titled(number: int) -> str:
    """Return a number as a title writes it: Dua Ribu Dua Puluh Enam."""
    return in_words(number).title()


def day_name(day: date) -> str:
    """Return Senin to Minggu."""
    return DAYS[day.weekday()]


def month_name(day: date) -> str:
    """Return Januari to Desember."""
    return MONTHS[day.month - 1]


def roman_month(day: date) -> str:
    """Return I to XII."""
    return ROMAN[day.month - 1]


def long_date(day: date) -> str:
    """Return 23 November 2026."""
    return f"{day.day} {month_name(day)} {day.year}"


def moment(at: datetime) -> str:
    """Return 23 November 2026, pukul 14.30 WIB: with a dot, as documents write times."""
    local = at.astimezone(WIB)
    return f"{long_date(local.date())}, pukul {local:%H.%M} WIB"


def hijri_date(day: date) -> str:
    """Return the day after Umm al-Qura: 13 Jumadilakhir 1448.

    A proposal only: Muhammadiyah's calendar (KHGT) is another rule and may differ by a day, so
    whoever writes the record may change it (records-facts, 3). "" where no table reaches.
    """
    try:
        hijri = Gregorian.fromdate(day).to_hijri()
    except OverflowError:
        return ""
    return f"{hijri.day} {HIJRI_MONTHS[hijri.month - 1]} {hijri.year}"
