"""Searching every night at once, in the portal's own database and never in a repository.

A hit is an object, not a night: where it is, since when, until when, how often it changed
(SOP, restore step 3: "proses pencarian data yang rusak atau hilang").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from django.db.models import Count, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from backups.catalogue import index
from backups.models import KnownObject, ObjectVersion, Shelf, Snapshot, Source

MOST_HITS = 200
LONGEST_TERM = 300
MOST_WORDS = 8
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class Found(NamedTuple):
    """What a search tells of an object, before its facts are asked for; `gone_id` None: present."""

    pk: int
    name_key: str
    name: str
    leaf: str
    gone_id: int | None


@dataclass(frozen=True, slots=True)
class Hit:
    """One object. `last_seen` is the last night that had it, `rows` its count on that night.

    `gone_at` is the first night without it; None while it is present.
    """

    known: KnownObject
    first_seen: datetime
    last_seen: datetime
    gone_at: datetime | None
    versions: int
    rows: int | None
    bytes: int

    @property
    def source(self) -> Source:
        """Where it is."""
        return self.known.source

    @property
    def kind(self) -> str:
        """What it is, as the engine calls it."""
        return self.known.kind

    @property
    def name(self) -> str:
        """Its whole name or path."""
        return self.known.name

    @property
    def name_key(self) -> str:
        """The key that its versions share."""
        return self.known.name_key

    @property
    def present(self) -> bool:
        """True when the newest night has it."""
        return self.gone_at is None


def find(
    term: str, sources: Iterable[Source] | None = None, *, present: bool | None = None
) -> list[Hit]:
    """Return the objects whose name, path or column has every word of `term`, closest first.

    Case does not count; no sign of the term means anything but itself. An empty term finds
    nothing. `present` True asks for what is there, False for what is gone.
    """
    return hits_of(known_of(search(term, sources, present=present)))


def search(
    term: str,
    sources: Iterable[Source] | None = None,
    *,
    present: bool | None = None,
    since: int | None = None,
) -> list[Found]:
    """Return what `find` returns, by name only: a page then asks for the facts of some of them.

    `since` leaves out what was gone already in the snapshot with this id.
    """
    words = words_of(term)
    ids = None if sources is None else [source.pk for source in sources]
    if not words or ids == []:
        return []
    rows = Q() if ids is None else Q(source__in=ids)
    if since is not None:
        rows &= Q(gone=None) | Q(gone__gt=since)
    ids_found: set[int] = set()
    for shelf, narrowed in _shelves(rows, present=present):
        ids_found.update(_on_shelf(shelf, words, narrowed))
    names = KnownObject.objects.filter(pk__in=ids_found).values_list(*Found._fields)
    found = map(Found._make, names)
    return sorted(found, key=lambda one: _closeness(one, words))[:MOST_HITS]


def known_of(found: Sequence[Found]) -> list[KnownObject]:
    """Return the objects found, in the same order, with their source, first night and loss."""
    ids = [one.pk for one in found]
    rows = KnownObject.objects.select_related("source", "first", "gone").in_bulk(ids)
    return [rows[pk] for pk in ids if pk in rows]


def words_of(term: str) -> list[str]:
    """Return the words that are looked for, in small letters; none where nothing can be found."""
    if "\0" in term:
        return []
    return term.strip()[:LONGEST_TERM].lower().split()[:MOST_WORDS]


def _shelves(rows: Q, *, present: bool | None) -> list[tuple[Shelf, Q]]:
    if present is None:
        return [(shelf, rows) for shelf in Shelf]
    names = rows & Q(gone__isnull=present)
    return [(Shelf.NAMES, names), (Shelf.PATHS if present else Shelf.LOST, rows)]


def _on_shelf(shelf: Shelf, words: Sequence[str], rows: Q) -> list[int]:
    """Return the best of one shelf: last parts that begin so first, then whatever holds it."""
    found = index.beginning(shelf, " ".join(words), rows, MOST_HITS)
    if len(found) < MOST_HITS and _worth_it(shelf, words):
        found += index.containing(shelf, words, rows, MOST_HITS)
    return found


def _worth_it(shelf: Shelf, words: Sequence[str]) -> bool:
    """Say whether the words can be found inside names: one or two letters are no trigram."""
    return shelf == Shelf.NAMES or any(len(word) >= index.SHORTEST for word in words)


def _closeness(row: Found, words: Sequence[str]) -> tuple[int, bool, int, str]:
    """Order hits: the name itself, one that begins so, one that has it, a column that has it.

    What is gone comes before what is there: it is what people look for.
    """
    name, wanted = row.name.lower(), " ".join(words)
    if wanted in (name, row.leaf):
        rank = 0
    elif row.leaf.startswith(wanted):
        rank = 1
    elif all(word in row.leaf for word in words):
        rank = 2
    else:
        rank = 3 if all(word in name for word in words) else 4
    return (rank, row.gone_id is None, len(name), name)


def hits_of(known: Sequence[KnownObject]) -> list[Hit]:
    """Return these objects with their facts, in the same order; four queries."""
    newest, last = _newest_versions(known), _last_nights(known)
    return [
        Hit(
            known=row,
            first_seen=row.first.taken_at,
            last_seen=last[row.pk] or row.first.taken_at,
            gone_at=row.gone.taken_at if row.gone else None,
            versions=newest[row.source_id, row.name_key][0],
            rows=newest[row.source_id, row.name_key][1].row_count,
            bytes=newest[row.source_id, row.name_key][1].byte_count,
        )
        for row in known
        if (row.source_id, row.name_key) in newest
    ]


def _newest_versions(
    known: Sequence[KnownObject],
) -> dict[tuple[int, str], tuple[int, ObjectVersion]]:
    """Return (source, key) -> how many versions, and the newest of them."""
    rows = ObjectVersion.objects.filter(
        source__in={row.source_id for row in known}, name_key__in={row.name_key for row in known}
    )
    groups = rows.values("source", "name_key").order_by()
    ends = list(groups.annotate(count=Count("pk"), newest=Max("pk")))
    versions = ObjectVersion.objects.in_bulk(end["newest"] for end in ends)
    return {
        (end["source"], end["name_key"]): (end["count"], versions[end["newest"]]) for end in ends
    }


def _last_nights(known: Sequence[KnownObject]) -> dict[int, datetime | None]:
    """Return object id -> when the last night that had it was taken; None where none stands."""
    before = Snapshot.objects.filter(
        source=OuterRef("source"), taken_at__lt=Coalesce(OuterRef("gone__taken_at"), _NEVER)
    )
    last = Subquery(before.order_by("-taken_at").values("taken_at")[:1])
    rows = KnownObject.objects.filter(pk__in=[row.pk for row in known]).order_by()
    return dict(rows.annotate(last=last).values_list("pk", "last"))
