"""The three clocks of a case, and what each state does to them.

Waiting for the reporter stops the desk's clocks; waiting for an approval stops only the clock of
those who recover the data, since to the reporter it is BPTI's own time (page-facts, SLA).
"""

from __future__ import annotations

from dataclasses import dataclass

from tickets.workflow.nouns import Named, State, _


class Clock(Named):
    """What is measured."""

    ANSWER = "answer", _("Tanggapan pertama")
    RESOLVE = "resolve", _("Penyelesaian")
    RECOVER = "recover", _("Pemulihan data")


class Pulse(Named):
    """What a clock does in a state."""

    IDLE = "idle", _("Tidak berjalan")
    RUNNING = "running", _("Berjalan")
    PAUSED = "paused", _("Dijeda")


class Reason(Named):
    """Why a clock is paused."""

    NONE = "", ""
    REPORTER = "reporter", _("menunggu pelapor")
    APPROVAL = "approval", _("menunggu persetujuan")


@dataclass(frozen=True, slots=True)
class Beat:
    """What one clock does in one state, and why it is paused when it is."""

    pulse: Pulse
    reason: Reason = Reason.NONE


IDLE = Beat(Pulse.IDLE)
RUNNING = Beat(Pulse.RUNNING)
FOR_REPORTER = Beat(Pulse.PAUSED, Reason.REPORTER)
FOR_APPROVAL = Beat(Pulse.PAUSED, Reason.APPROVAL)

_ON_REPORTER = {
    State.WAITING_REPORTER: FOR_REPORTER,
    State.FOUND: FOR_REPORTER,
    State.WAITING_CONFIRMATION: FOR_REPORTER,
}
_DESK = (
    State.REPORTED,
    State.RECEIVED,
    State.IN_ANALYSIS,
    State.WAITING_APPROVAL,
    State.RETURNED,
    State.REFUSED,
    State.APPROVED,
    State.RESTORING,
    State.RESTORED,
    State.RESTORE_FAILED,
    State.DISPUTED,
)
_RECOVERY = (
    State.IN_ANALYSIS,
    State.RETURNED,
    State.APPROVED,
    State.RESTORING,
    State.RESTORE_FAILED,
    State.DISPUTED,
)
BEATS: dict[Clock, dict[State, Beat]] = {
    Clock.ANSWER: {State.REPORTED: RUNNING},
    Clock.RESOLVE: dict.fromkeys(_DESK, RUNNING) | _ON_REPORTER,
    Clock.RECOVER: (
        dict.fromkeys(_RECOVERY, RUNNING)
        | {State.WAITING_REPORTER: FOR_REPORTER, State.WAITING_APPROVAL: FOR_APPROVAL}
    ),
}


def pulse(clock: Clock, state: State) -> Beat:
    """Return what `clock` does while a case stands in `state`."""
    return BEATS[clock].get(state, IDLE)
