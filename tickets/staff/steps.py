"""The case's way along the SOP's restore procedure, as the stepper draws it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets.models import Ticket
from tickets.workflow import State

WORDS = (
    gettext_lazy("Lapor"),
    gettext_lazy("Analisis"),
    gettext_lazy("Telusur"),
    gettext_lazy("Setujui"),
    gettext_lazy("Pulihkan"),
    gettext_lazy("Verifikasi"),
    gettext_lazy("Konfirmasi"),
    gettext_lazy("Berita acara"),
)
REPORT, ANALYSIS, SEARCH, APPROVAL, RESTORE, VERIFICATION, CONFIRMATION, RECORD = range(8)

AT = {
    State.REPORTED: ANALYSIS,
    State.RECEIVED: ANALYSIS,
    State.IN_ANALYSIS: SEARCH,
    State.WAITING_REPORTER: SEARCH,
    State.FOUND: CONFIRMATION,
    State.WAITING_APPROVAL: APPROVAL,
    State.RETURNED: APPROVAL,
    State.REFUSED: APPROVAL,
    State.APPROVED: RESTORE,
    State.RESTORING: RESTORE,
    State.RESTORED: VERIFICATION,
    State.RESTORE_FAILED: RESTORE,
    State.WAITING_CONFIRMATION: CONFIRMATION,
    State.CONFIRMED: RECORD,
    State.DISPUTED: CONFIRMATION,
    State.CLOSED: RECORD + 1,
    State.CANCELLED: ANALYSIS,
    State.CANNOT_RECOVER: SEARCH,
}
STOPPED = frozenset(
    {State.REFUSED, State.RESTORE_FAILED, State.CANCELLED, State.CANNOT_RECOVER, State.DISPUTED}
)
ENDED_BY: dict[int, tuple[str, ...]] = {
    REPORT: ("file_report",),
    ANALYSIS: ("start_analysis",),
    SEARCH: ("inform_found", "request_approval"),
    APPROVAL: ("approve",),
    RESTORE: ("settle_restored",),
    VERIFICATION: ("verify",),
    CONFIRMATION: ("confirm",),
    RECORD: ("close", "lapse"),
}
TIMED = tuple(name for names in ENDED_BY.values() for name in names)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `state` is done, here, failed or todo; `at` when it was done, else `note`."""

    word: str
    state: str
    at: datetime | None = None
    note: str = ""


def steps_of(
    ticket: Ticket, made: Mapping[str, datetime], *, ready: bool = False, recorded: bool = False
) -> list[Step]:
    """Return the eight steps of a case; `made` has when each move was last made.

    `ready` says that a search and a plan are there, so that asking is what comes next;
    `recorded` that a berita acara of the case has its number.
    """
    state = ticket.step
    at = AT[state]
    if state in {State.IN_ANALYSIS, State.RETURNED} and ready:
        at = APPROVAL
    steps = [_step(number, at, ticket, made) for number in range(len(WORDS))]
    if at > RECORD and not recorded:
        restored = steps[RESTORE].state == "done"
        note = _("belum dibuat") if restored else _("tidak perlu")
        steps[RECORD] = Step(steps[RECORD].word, "todo", note=note)
    return steps


def _step(number: int, at: int, ticket: Ticket, made: Mapping[str, datetime]) -> Step:
    word, state = str(WORDS[number]), ticket.step
    moments = [made[name] for name in ENDED_BY[number] if name in made]
    if number == at:
        sort = "failed" if state in STOPPED else "here"
        return Step(word, sort, note=_(state.label))
    if number > at:
        return Step(word, "todo")
    if not moments and number in {APPROVAL, RESTORE, VERIFICATION}:
        return Step(word, "todo", note=_("tidak perlu"))
    return Step(word, "done", at=max(moments, default=None))
