"""Who else looks at a case, and what one has typed and not sent."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.accounts.models import User
from tickets.models import For, Presence, Ticket, TypedText

GONE_AFTER = timedelta(seconds=90)  # a page that is open says so every half minute


def be_present(ticket: Ticket, user: User, now: datetime, *, typing: bool = False) -> None:
    """Note that this person has the case in front of them."""
    Presence.objects.update_or_create(
        ticket=ticket, user=user, defaults={"seen_at": now, "typing": typing}
    )


def others_present(ticket: Ticket, user: User, now: datetime) -> list[Presence]:
    """Return who else has the case open, those who type first."""
    here = Presence.objects.filter(ticket=ticket, seen_at__gt=now - GONE_AFTER)
    others = here.exclude(user=user).select_related("user")
    return list(others.order_by("-typing", "user__full_name"))


def leave(ticket: Ticket, user: User) -> None:
    """Note that this person has gone."""
    Presence.objects.filter(ticket=ticket, user=user).delete()


def keep_typed(ticket: Ticket, user: User, audience: For, words: str, now: datetime) -> None:
    """Keep half a reply or note; empty words let it go."""
    if not words.strip():
        TypedText.objects.filter(ticket=ticket, user=user, audience=audience).delete()
        return
    TypedText.objects.update_or_create(
        ticket=ticket, user=user, audience=audience, defaults={"words": words, "saved_at": now}
    )


def typed(ticket: Ticket, user: User) -> dict[str, TypedText]:
    """Return what this person has half typed on this case, by audience."""
    rows = TypedText.objects.filter(ticket=ticket, user=user)
    return {row.audience: row for row in rows}
