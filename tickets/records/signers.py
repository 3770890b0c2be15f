"""Who signs a berita acara, in which order, and what stands at their place on the paper."""

from __future__ import annotations

from portal.accounts.models import User
from portal.accounts.sections import Section
from tickets.models import Letterhead, SignerPart
from tickets.records.content import Block

MOST_WITNESSES = 4
PARTS = 3  # name, office, number: what a line about a witness may say


def position_of(user: User | None) -> str:
    """Return how the paper calls somebody's office, as far as the account says it."""
    if user and user.section:
        return f"Petugas Bagian {Section(user.section).label}"
    return "Petugas BPTI"


def witnesses(lines: str) -> list[tuple[str, str, str]]:
    """Return name, office and number of each witness; a line reads "Name; office; number"."""
    told = [line for line in lines.splitlines() if line.strip()][:MOST_WITNESSES]
    parts = [[part.strip() for part in line.split(";")] + ["", ""] for line in told]
    return [(name, office, number) for name, office, number in (part[:PARTS] for part in parts)]


def witness_blocks(lines: str, after: int) -> list[Block]:
    """Return the places of the witnesses; one whose NIP an account has may sign in the portal."""
    named = witnesses(lines)
    numbers = [number for _, _, number in named if number]
    accounts = {
        user.identity_number: user.pk
        for user in User.objects.filter(identity_number__in=numbers, is_active=True)
    }
    return [
        Block(
            order=after + place,
            part=SignerPart.WITNESS.value,
            above=("Saksi" if len(named) == 1 else f"Saksi {place}",),
            title=office,
            name=name,
            label="NIP/NBM/NIM",
            identity=number,
            user=accounts.get(number),
        )
        for place, (name, office, number) in enumerate(named, 1)
    ]


def head_block(paper: Letterhead, order: int) -> Block:
    """Return the place of the head of BPTI, who takes note."""
    head = paper.head
    return Block(
        order=order,
        part=SignerPart.HEAD.value,
        above=("Mengetahui,", paper.head_title),
        title=paper.head_title,
        name=head.full_name if head else "",
        label="NIP/NBM",
        identity=head.identity_number if head else "",
        user=head.pk if head else None,
    )
