"""The moves that a case offers, as buttons that say whom they tell and what they still lack."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from tickets.models import Ticket
from tickets.staff.deeds import DEEDS
from tickets.workflow import Audience, Offer

FORWARD = (
    "confirm_reporter", "accept", "start_analysis", "request_approval", "record_search",
    "choose_plan", "decide", "start_restore", "verify", "close", "resume",
)  # fmt: skip
"""What brings a case on, in the order of the SOP: the first that applies is the page's own act."""
ASIDE = ("route", "assign", "prioritise", "name_systems", "merge", "link")
WITH_FILES = ("attach", "give_letter", "reject_letter")
TALK = ("add_note", "withdraw_note", "reply")
DECIDED_ELSEWHERE = ("approve", "send_back", "refuse")
GRAVE = frozenset({"cancel", "cannot_recover", "find_wrong", "merge"})


@dataclass(frozen=True, slots=True)
class Button:
    """One move: where it leads, whom it tells, why it may not be made yet."""

    name: str
    word: str
    href: str
    tells: str
    missing: tuple[str, ...]
    plain: bool
    grave: bool

    @property
    def is_open(self) -> bool:
        """Whether it may be pressed."""
        return not self.missing


def button_of(offer: Offer, ticket: Ticket) -> Button:
    """Return a move as its button."""
    move = offer.move
    return Button(
        name=move.name,
        word=_(move.label),
        href=address_of(move.name, ticket),
        tells=tells(move.tells),
        missing=tuple(_(rule.label) for rule in offer.missing),
        plain=move.name in DEEDS and DEEDS[move.name].plain,
        grave=move.name in GRAVE,
    )


def address_of(name: str, ticket: Ticket) -> str:
    """Return where a move is made."""
    if name == "record_search":
        return reverse("tiket-telusur", args=[ticket.number])
    if name == "choose_plan":
        return reverse("tiket-rencana", args=[ticket.number])
    if name in DECIDED_ELSEWHERE:
        return reverse("putusan", args=[ticket.number])
    return reverse("tiket-langkah", args=[ticket.number, name])


def tells(audiences: Iterable[Audience]) -> str:
    """Return whom a move tells, in words; "" when nobody."""
    named = ", ".join(_(audience.label).lower() for audience in audiences)
    return _("Memberi tahu: %(who)s.") % {"who": named} if named else ""


@dataclass(frozen=True, slots=True)
class Offered:
    """The moves of a case in the places where its page puts them."""

    first: Button | None
    others: list[Button]
    aside: dict[str, Button]
    talk: dict[str, Button]


def offered(offers: Iterable[Offer], ticket: Ticket) -> Offered:
    """Sort the moves: the one that brings the case on, the other ones, what stands elsewhere."""
    every = {offer.move.name: button_of(offer, ticket) for offer in offers}
    decision = every.get("approve")
    for name in DECIDED_ELSEWHERE:
        every.pop(name, None)
    if decision:
        every["decide"] = _decision(decision)
    reachable = {name: button for name, button in every.items() if _has_page(name)}
    elsewhere = {*ASIDE, *WITH_FILES, *TALK}
    acts = {name: button for name, button in reachable.items() if name not in elsewhere}
    forward = [acts[name] for name in FORWARD if name in acts]
    first = next((button for button in forward if button.is_open), None)
    return Offered(
        first=first,
        others=[button for button in acts.values() if button != first],
        aside={name: reachable[name] for name in (*ASIDE, *WITH_FILES) if name in reachable},
        talk={name: reachable[name] for name in TALK if name in reachable},
    )


def _decision(approve: Button) -> Button:
    return Button(
        name="decide",
        word=_("Baca dan putuskan"),
        href=approve.href,
        tells="",
        missing=(),
        plain=False,
        grave=False,
    )


def _has_page(name: str) -> bool:
    return name in DEEDS or name in {"record_search", "choose_plan", "decide"}
