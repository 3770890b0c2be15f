"""The rules of a case: its states, its one table of moves, its clocks. No Django in here."""

from tickets.workflow.clocks import Clock, Pulse, Reason, pulse
from tickets.workflow.legal import Facts, Offer, check, legal, offers
from tickets.workflow.nouns import FINAL, Audience, Meaning, Rule, Standing, State, Words
from tickets.workflow.table import MOVES, TABLE, Move

__all__ = [
    "FINAL",
    "MOVES",
    "TABLE",
    "Audience",
    "Clock",
    "Facts",
    "Meaning",
    "Move",
    "Offer",
    "Pulse",
    "Reason",
    "Rule",
    "Standing",
    "State",
    "Words",
    "check",
    "legal",
    "offers",
    "pulse",
]
