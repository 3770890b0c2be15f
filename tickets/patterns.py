"""Patterns of running numbers, a setting for each kind of record.

`{no:03d}/{kode}/{unit}/{tahun}` becomes 007/BA-01/BPTI/2026. What a pattern may hold is fixed
here, and it must hold the number and the year, or two records could be called the same.
"""

from __future__ import annotations

import re
from datetime import date
from string import Formatter

from tickets.spelling import roman_month

TOKENS = frozenset({"no", "kode", "unit", "bulan", "bulan_romawi", "tahun"})
NEEDED = frozenset({"no", "tahun"})
WIDTH = re.compile(r"0[1-9]d")
LONGEST = 60


class BadPattern(ValueError):
    """A pattern that would not give each record a number of its own; says why."""


def check(pattern: str) -> None:
    """Raise BadPattern unless `pattern` names each record differently."""
    try:
        parts = list(Formatter().parse(pattern))
    except ValueError as error:
        raise BadPattern("Kurung kurawalnya tidak berpasangan.") from error
    names = [name for _, name, _, _ in parts if name is not None]
    if unknown := sorted(set(names) - TOKENS):
        raise BadPattern(f"Tidak dikenal: {', '.join(unknown)}.")
    for _, name, shape, conversion in parts:
        if conversion or (shape and (name != "no" or not WIDTH.fullmatch(shape))):
            raise BadPattern("Hanya {no} yang boleh diberi lebar, misalnya {no:03d}.")
    if not set(names) >= NEEDED:
        raise BadPattern("Harus memuat {no} dan {tahun}.")
    if len(pattern) > LONGEST:
        raise BadPattern(f"Paling panjang {LONGEST} huruf.")


def written(pattern: str, ordinal: int, day: date, *, code: str, unit: str) -> str:
    """Return the number that `pattern` gives to the `ordinal`-th record; `day` is WIB."""
    check(pattern)
    return pattern.format(
        no=ordinal,
        kode=code,
        unit=unit,
        bulan=f"{day.month:02d}",
        bulan_romawi=roman_month(day),
        tahun=day.year,
    )
