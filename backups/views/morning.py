"""The night as the morning page tells it: did it work, what is wrong, what runs now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from backups.models import Source
from backups.views.alarms import open_alarms
from backups.views.running import running_work
from backups.views.standing import RIBBON, headline, standings
from portal.lib import clock

ROWS = 60  # sources on the morning page, the ones that need a hand first; the rest is a press away


def night(now: datetime) -> dict[str, Any]:
    """Return last night in one table, alarms in plain words, running work with live bars."""
    rows = standings(Source.objects.kept(), now)
    sentence, rest = headline(rows)
    return {
        "now": now,
        "night": clock.wib_date(now),
        "rows": rows[:ROWS],
        "more": len(rows) - ROWS,
        "nights": RIBBON,
        "headline": sentence,
        "rest": rest,
        "alarms": open_alarms(),
        "work": running_work(),
    }
