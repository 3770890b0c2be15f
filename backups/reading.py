"""Which part of a repository is read tonight, so that every byte is read within so many days.

Pure. restic cuts a repository into n parts by the first byte of each pack's id, always the same
(`--read-data-subset`), so whatever was there when a round began is read once it ends; what came
later is read in the next round.
"""

from __future__ import annotations

from datetime import datetime, timedelta

MOST_PARTS = 256  # restic's own limit
SLACK = 0.9  # of the days promised: nights are missed, and a round must end in time all the same
A_NIGHT_READS = 4  # parts, when nights were missed


def parts_for(days: int) -> int:
    """Return how many parts a round of `days` days has: one a night, with some nights to spare."""
    return max(1, min(MOST_PARTS, int(days * SLACK)))


def parts_due(begun: datetime | None, read: int, parts: int, now: datetime) -> int:
    """Return how many parts are to be read tonight.

    One, and more where `read` of `parts` lag behind the nights gone by since the round was begun.
    """
    nights = 0 if begun is None else (now - begun + timedelta(hours=12)) // timedelta(days=1)
    return max(1, min(A_NIGHT_READS, nights + 1 - read, parts - read))
