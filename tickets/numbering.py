"""Ticket numbers that can be spoken and typed: DT-2026-000123-7.

The last digit is a check digit after Damm (M. Damm, "Total anti-symmetrische Quasigruppen",
Marburg 2004): it catches every wrong digit and every exchange of two neighbours, also where a
hyphen stands between them. The chain starts at START, so that the number which the procedure's
own papers use as their example is a right one. A number is no secret.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from tickets.errors import BadNumber, MistypedNumber

PREFIX = "DT"
WIDTH = 6
START = 9
QUASIGROUP = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)
# Any blank or dash may stand between the parts or be left out. Years until 2999, for the parts
# must also be told apart where nothing separates them.
SHAPE = re.compile(r"DT[\s\-]*(2[0-9]{3})[\s\-]*([0-9]{6}|[1-9][0-9]{6,8})[\s\-]*([0-9])")
DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−_./"), "-")
LOOKALIKES = str.maketrans("OIL", "011")


class TicketNumber(NamedTuple):
    """The year (WIB) and the running number of a ticket."""

    year: int
    ordinal: int

    def __str__(self) -> str:
        body = f"{self.ordinal:0{WIDTH}d}"
        return f"{PREFIX}-{self.year}-{body}-{check_digit(f'{self.year}{body}')}"


def check_digit(digits: str) -> int:
    """Return the digit that makes `digits` checkable."""
    interim = START
    for digit in digits:
        interim = int(QUASIGROUP[interim][int(digit)])
    return interim


def parse(text: str) -> TicketNumber:
    """Return the number that somebody wrote, whatever its case, blanks and dashes.

    Raises MistypedNumber when only the check digit disagrees, BadNumber when it is no number.
    """
    match = SHAPE.fullmatch(_plain(text))
    if not match:
        raise BadNumber(text=text.strip()[:40])
    year, body, check = match.groups()
    if check_digit(year + body) != int(check):
        raise MistypedNumber(text=text.strip()[:40])
    return TicketNumber(int(year), int(body))


def _plain(text: str) -> str:
    """Return `text` in capitals, with plain dashes and digits, and 0 and 1 where O, I, L stand."""
    plain = unicodedata.normalize("NFKC", text).strip().upper().translate(DASHES)
    head, tail = plain[: len(PREFIX)], plain[len(PREFIX) :]
    return head + tail.translate(LOOKALIKES)
