"""Names that are nearly what was typed, for a search that found nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from django.db.models import Q

from backups.catalogue import index
from backups.catalogue.find import words_of
from backups.models import KnownObject, Shelf, Source

MOST = 6
PIECE = 4  # letters: one slip of the hand leaves some such piece of a word whole
MOST_PIECES = 16
OF_EACH_PIECE = 60
SIMILAR = 0.3  # of all trigrams shared; pg_trgm's own threshold
_WORD = re.compile(r"[^\W_]+")


def near(term: str, sources: Iterable[Source] | None = None) -> list[KnownObject]:
    """Return objects whose names are most like `term`, the likest first; none where none is."""
    wanted = " ".join(words_of(term))
    places = None if sources is None else [source.pk for source in sources]
    if not wanted or places == []:
        return []
    rows = Q() if places is None else Q(source__in=places)
    ids = {pk for shelf in Shelf for pk in _candidates(shelf, wanted, rows)}
    likest: dict[str, tuple[float, str, int]] = {}
    names = KnownObject.objects.filter(pk__in=ids).values_list("pk", "name", "leaf")
    for pk, name, leaf in names:
        likeness = max(similarity(wanted, part) for part in (leaf, *_WORD.findall(leaf)))
        if likeness >= SIMILAR and likeness > likest.get(leaf, (0.0, "", 0))[0]:
            likest[leaf] = (likeness, name, pk)
    best = sorted(likest.values(), key=lambda found: (-found[0], found[1]))[:MOST]
    rows_of = KnownObject.objects.select_related("source").in_bulk([pk for *_, pk in best])
    return [rows_of[pk] for *_, pk in best if pk in rows_of]


def similarity(one: str, other: str) -> float:
    """Return the share of trigrams that two words have in common, 0 to 1, as pg_trgm counts."""
    mine, theirs = _trigrams(one), _trigrams(other)
    return len(mine & theirs) / len(mine | theirs) if mine and theirs else 0.0


def _trigrams(text: str) -> set[str]:
    padded = (f"  {word} " for word in _WORD.findall(text.lower()))
    return {word[n : n + 3] for word in padded for n in range(len(word) - 2)}


def _candidates(shelf: Shelf, wanted: str, rows: Q) -> Iterator[int]:
    yield from index.beginning(shelf, wanted[:2], rows, OF_EACH_PIECE)
    for piece in _pieces(wanted):
        yield from index.containing(shelf, [piece], rows, OF_EACH_PIECE)


def _pieces(wanted: str) -> list[str]:
    """Return the pieces of all words, spread evenly where they are too many to ask for."""
    found = [
        word[n : n + PIECE]
        for word in wanted.split()
        for n in range(max(1, len(word) - PIECE + 1))
        if len(word) >= index.SHORTEST
    ]
    every = -(-len(found) // MOST_PIECES) or 1
    return found[::every]
