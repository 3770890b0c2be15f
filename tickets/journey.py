"""The steps of the SOP's restore procedure as a reporter sees them: done, here, ahead. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tickets.workflow import FINAL, State
from tickets.workflow.nouns import _

DONE, HERE, AHEAD = "done", "here", "todo"


@dataclass(frozen=True, slots=True)
class Station:
    """One step: its words, since when and until when, and how it stands."""

    label: str
    state: str
    words: str = ""
    began: datetime | None = None
    ended: datetime | None = None


@dataclass(frozen=True, slots=True)
class Leg:
    """A step of the procedure: the moves that begin it, and the states in which it is going on."""

    label: str
    begins: frozenset[str]
    states: frozenset[State]
    words: str = ""


REPORT = Leg(_("Laporan dikirim"), frozenset({"file_report"}), frozenset({State.REPORTED}),
             _("Menunggu diterima petugas."))  # fmt: skip
RECEIVE = Leg(_("Diterima"), frozenset({"accept"}), frozenset({State.RECEIVED}),
              _("Petugas yang tepat sedang dicarikan."))  # fmt: skip
SEARCH = Leg(
    _("Dianalisis dan ditelusuri"),
    frozenset({"start_analysis", "reopen", "resume", "answer"}),
    frozenset({
        State.IN_ANALYSIS, State.WAITING_REPORTER, State.RETURNED, State.RESTORE_FAILED,
        State.DISPUTED,
    }),
    _("Kami mencari malam terakhir yang masih memuat data Anda."),
)  # fmt: skip
FOUND = Leg(_("Data Anda masih ada"), frozenset({"inform_found"}), frozenset({State.FOUND}))
APPROVE = Leg(
    _("Persetujuan pemulihan"),
    frozenset({"request_approval"}),
    frozenset({State.WAITING_APPROVAL, State.APPROVED}),
    _("Pimpinan BPTI memeriksa rencananya."),
)
RESTORE = Leg(
    _("Dipulihkan dan diperiksa"),
    frozenset({"start_restore"}),
    frozenset({State.RESTORING, State.RESTORED}),
    _("Diuji di samping dulu, baru dikembalikan."),
)
CONFIRM = Leg(
    _("Anda periksa"), frozenset({"verify"}),
    frozenset({State.WAITING_CONFIRMATION, State.CONFIRMED}),
)  # fmt: skip
END = Leg(
    _("Selesai"),
    frozenset({"close", "lapse", "cancel", "abandon", "merge", "cannot_recover"}),
    FINAL,
    _("Berita acara terbit, bila ada yang dipulihkan."),
)
RESTORED = (REPORT, RECEIVE, SEARCH, APPROVE, RESTORE, CONFIRM, END)
STILL_THERE = (REPORT, RECEIVE, SEARCH, FOUND, END)
ENDS = {
    State.REFUSED: _("Pemulihan tidak disetujui"),
    State.CANCELLED: _("Dibatalkan"),
    State.CANNOT_RECOVER: _("Tidak dapat dipulihkan"),
}


def journey(state: State, moves: Iterable[tuple[str, datetime]]) -> list[Station]:
    """Return the steps of a case in this state, whose moves were made at these times, in order.

    A case begun anew goes back on its way: what was done later the first time is ahead again.
    """
    times = dict(moves)
    legs = _legs(state, times)
    here = _place(state, legs)
    return [_station(leg, index, here, state, times) for index, leg in enumerate(legs)]


def _legs(state: State, times: dict[str, datetime]) -> Sequence[Leg]:
    asked, found = times.get("request_approval"), times.get("inform_found")
    later = [at for at in (asked, times.get("dispute")) if at and found and at > found]
    only_found = found and not later
    legs: Sequence[Leg] = STILL_THERE if state is State.FOUND or only_found else RESTORED
    if state in ENDS:
        return [*(leg for leg in legs[:-1] if leg.begins & times.keys()), END]
    return legs


def _place(state: State, legs: Sequence[Leg]) -> int:
    for index, leg in enumerate(legs):
        if state in leg.states:
            return index
    return len(legs) - 1 if state is State.REFUSED else len(legs) - 2


def _station(leg: Leg, index: int, here: int, state: State, times: dict[str, datetime]) -> Station:
    began = max((times[move] for move in leg.begins & times.keys()), default=None)
    label = ENDS.get(state, leg.label) if leg is END else leg.label
    if index < here or (index == here and state in FINAL):
        return Station(label, DONE, began=began)
    words = "" if leg is END and state in ENDS else leg.words
    return Station(label, HERE if index == here else AHEAD, words, began if index == here else None)
