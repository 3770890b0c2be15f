"""Asking the table: what may this person do with this case now, and why not the rest."""

from __future__ import annotations

from dataclasses import dataclass

from tickets.errors import NotNow, NotReady, NotYours
from tickets.workflow.nouns import Rule, Standing, State
from tickets.workflow.table import MOVES, TABLE, Move


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true of one person and one case at one moment."""

    standing: frozenset[Standing]
    met: frozenset[Rule] = frozenset()


@dataclass(frozen=True, slots=True)
class Offer:
    """A move that is this person's to make here; `missing` are the rules that still forbid it.

    Pages show a move that lacks something with its reasons as text, never as a missing button.
    """

    move: Move
    missing: tuple[Rule, ...]


def offers(state: State, facts: Facts) -> tuple[Offer, ...]:
    """Return the moves that state and standing allow, each with the rules it still lacks."""
    return tuple(
        Offer(move, missing(move, facts))
        for move in TABLE
        if state in move.sources and facts.standing & move.who
    )


def legal(state: State, facts: Facts) -> tuple[Move, ...]:
    """Return the moves that may be made now."""
    return tuple(offer.move for offer in offers(state, facts) if not offer.missing)


def missing(move: Move, facts: Facts) -> tuple[Rule, ...]:
    """Return the rules of `move` that are not met, in the order of the table."""
    return tuple(rule for rule in move.needs if rule not in facts.met)


def check(name: str, state: State, facts: Facts) -> Move:
    """Return the move called `name`; raise NotYours, NotNow or NotReady when it is not legal."""
    move = MOVES[name]
    if not facts.standing & move.who:
        raise NotYours
    if state not in move.sources:
        raise NotNow(state=state.label)
    if lacking := missing(move, facts):
        raise NotReady(tuple(rule.label for rule in lacking))
    return move
