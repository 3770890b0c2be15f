"""How a case ends, and how it begins again."""

from __future__ import annotations

from tickets.actions.actors import Act
from tickets.actions.approving import end_approvals
from tickets.actions.choosing import supersede_plan
from tickets.actions.moving import moving
from tickets.models import Decision, Rating, Ticket


def confirm(ticket: Ticket, act: Act) -> Ticket:
    """Take the reporter's word that the data are right."""
    with moving("confirm", ticket, act):
        return ticket


def dispute(ticket: Ticket, act: Act) -> Ticket:
    """Take the reporter's word that they are not, and what is wrong."""
    with moving("dispute", ticket, act):
        return ticket


def close(ticket: Ticket, act: Act) -> Ticket:
    """End the case; the copy that it held is given free."""
    with moving("close", ticket, act):
        return ticket


def lapse(ticket: Ticket, act: Act) -> Ticket:
    """End a case whose reporter was asked, reminded, and stayed silent."""
    with moving("lapse", ticket, act):
        return ticket


def abandon(ticket: Ticket, act: Act) -> Ticket:
    """End a case that cannot go on without its reporter."""
    with moving("abandon", ticket, act):
        return ticket


def cancel(ticket: Ticket, act: Act) -> Ticket:
    """End a case that is no longer wanted; what was asked or approved for it is void."""
    with moving("cancel", ticket, act):
        end_approvals(ticket, Decision.RECALLED, act.now)
    return ticket


def cannot_recover(ticket: Ticket, act: Act) -> Ticket:
    """End a case whose data no copy has, and say so."""
    with moving("cannot_recover", ticket, act):
        return ticket


def reopen(ticket: Ticket, act: Act) -> Ticket:
    """Begin an ended case again; its copy is no longer held, so a plan is chosen anew."""
    with moving("reopen", ticket, act):
        end_approvals(ticket, Decision.RECALLED, act.now)
        supersede_plan(ticket, act)
    return ticket


def rate(ticket: Ticket, score: int, act: Act) -> Rating:
    """Keep what the reporter thought of it, from 1 to 5, once."""
    with moving("rate", ticket, act) as case:
        rating = Rating.objects.create(
            ticket=ticket, score=score, words=act.words.strip(), rated_at=act.now
        )
        case.facts["score"] = score
    return rating
