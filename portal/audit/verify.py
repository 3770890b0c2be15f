"""Walking the trail: every event is as it was written and none is missing, or it says where."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from portal.audit.chain import START, Anchor, Link, NotCanonical, read_facts, seal
from portal.audit.models import LINK_COLUMNS, AuditEvent, AuditPerson
from portal.audit.record import PERSON_ERASED

CHUNK = 5000  # events in memory at a time

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a walk found: how many events hold, the chain's head, and the first that does not."""

    events: int
    head: Anchor
    first_bad: int | None = None
    reason: str = ""


class Broken(Exception):
    """The chain breaks at event number `sequence`."""

    def __init__(self, sequence: int, reason: str) -> None:
        super().__init__(reason)
        self.sequence = sequence


@dataclass(slots=True)
class _Walk:
    """Where the walk is, and what it must remember: people, who are few, and anchors."""

    anchors: dict[int, set[str]]
    head: Anchor = START
    before: str = ""  # the hash before the head's own
    trusted: int = 0  # the last anchor that was met and held
    acted: dict[str, int] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)


def verify(anchors: Iterable[Anchor] = (), on_progress: Progress | None = None) -> Verdict:
    """Walk the whole chain and return what was found; stop at the first event that is wrong.

    `anchors` are places kept outside the database: only they show that the end was cut off, or
    that all was written anew from some event on. Memory stays the same however long the chain.
    """
    walk = _Walk(_by_sequence(anchors))
    try:
        for link, its_hash in _links():
            _step(walk, link, its_hash)
            if on_progress and link.sequence % CHUNK == 0:
                on_progress(link.sequence)
        _end_reached(walk)
        _people_are_proven(walk)
    except Broken as broken:
        return Verdict(walk.head.sequence, walk.head, broken.sequence, str(broken))
    return Verdict(walk.head.sequence, walk.head)


def _by_sequence(anchors: Iterable[Anchor]) -> dict[int, set[str]]:
    kept: dict[int, set[str]] = {}
    for anchor in anchors:
        kept.setdefault(anchor.sequence, set()).add(anchor.hash)
    return kept


def _links() -> Iterator[tuple[Link, str]]:
    """Yield every event with its hash, in order, a chunk at a time."""
    columns = AuditEvent.objects.order_by("sequence").values_list(*LINK_COLUMNS, "hash")
    chunk = list(columns[:CHUNK])
    while chunk:
        for *values, its_hash in chunk:
            yield Link._make(values), its_hash
        chunk = list(columns.filter(sequence__gt=chunk[-1][0])[:CHUNK])


def _step(walk: _Walk, link: Link, its_hash: str) -> None:
    """Go on to the next event; raise Broken when it does not follow the one before."""
    _comes_next(walk.head.sequence + 1, link.sequence)
    try:
        sealed = seal(link)
    except NotCanonical as error:
        raise Broken(link.sequence, f"edited: {error}") from error
    if sealed != its_hash:
        raise _why_unsealed(walk, link)
    if link.previous != walk.head.hash:
        blamed = max(link.sequence - 1, 1)
        raise Broken(blamed, "edited and sealed anew, or put in another's place")
    walk.before, walk.head = walk.head.hash, Anchor(link.sequence, its_hash)
    _meet_anchor(walk)
    _remember_people(walk, link)


def _comes_next(expected: int, sequence: int) -> None:
    if sequence > expected:
        missing = sequence - expected
        raise Broken(expected, f"deleted: {missing} missing before event {sequence}")
    if sequence < expected:
        raise Broken(sequence, "inserted: its number is not one of the chain's")


def _why_unsealed(walk: _Walk, link: Link) -> Broken:
    """Return what most likely happened to an event whose hash is not that of its words."""
    if link.previous == walk.head.hash:
        return Broken(link.sequence, "edited: its hash is not that of its words")
    if link.previous == walk.before:
        return Broken(link.sequence - 1, "inserted: the next event followed the one before it")
    return Broken(link.sequence, "moved or replaced: it followed another event")


def _meet_anchor(walk: _Walk) -> None:
    expected = walk.anchors.pop(walk.head.sequence, None)
    if expected is None:
        return
    if expected != {walk.head.hash}:
        since = f"after event {walk.trusted}" if walk.trusted else "from the start"
        raise Broken(
            walk.head.sequence, f"written anew: its anchor differs, so something did {since}"
        )
    walk.trusted = walk.head.sequence


def _end_reached(walk: _Walk) -> None:
    """Raise Broken when an anchor lies behind the chain's end: then the end was cut off."""
    if (furthest := max(walk.anchors, default=0)) > walk.head.sequence:
        missing = furthest - walk.head.sequence
        raise Broken(walk.head.sequence + 1, f"cut off: at least {missing} missing at the end")


def _remember_people(walk: _Walk, link: Link) -> None:
    if link.person:
        walk.acted.setdefault(link.person, link.sequence)
    if link.verb == PERSON_ERASED:
        walk.erased.update(read_facts(link.facts)["persons"])


def _people_are_proven(walk: _Walk) -> None:
    """Raise Broken at the first event whose person was changed, deleted or silently forgotten."""
    for event in AuditEvent.objects.filter(verb=PERSON_ERASED, sequence__gt=walk.head.sequence):
        walk.erased.update(event.facts["persons"])  # forgotten while the walk was under way
    unproven = dict(walk.acted)
    for person in AuditPerson.objects.iterator(CHUNK):
        forgotten = person.erased_at and person.commitment in walk.erased
        if forgotten or person.is_proven:
            unproven.pop(person.commitment, None)
    if unproven:
        raise Broken(min(unproven.values()), "the words that say who acted were changed or deleted")
