"""Finding cases by what was written in them: a row of words per case, indexed by the database.

Words are kept once each, in small letters and without marks, so that both databases cut text in
the same way. Notes are among them: this search is for staff. tickets/search_index.py has the index.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from django.db import connection, models
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from tickets.models.ticket import Ticket, TicketQuerySet

WORD = re.compile(r"[^\W_]+")
LONGEST_WORD = 40
MOST_WORDS = 8  # of a question; more make it no clearer
NUMBER = re.compile(r"(?i:DT)?[\d\s-]{3,}")

_FIND = {
    "postgresql": (
        "SELECT ticket_id FROM tickets_searchtext WHERE lexemes @@ to_tsquery('simple', %s)"
    ),
    "sqlite": "SELECT rowid FROM tickets_searchindex WHERE tickets_searchindex MATCH %s",
}


class SearchText(models.Model):
    """All words of one case."""

    ticket = models.OneToOneField(
        Ticket, on_delete=models.CASCADE, primary_key=True, related_name="search_text"
    )
    words = models.TextField()

    class Meta:
        verbose_name = _("teks pencarian")
        verbose_name_plural = _("teks pencarian")

    def __str__(self) -> str:
        return str(self.ticket)


def words_of(*texts: str) -> set[str]:
    """Return the words of texts as they are kept: small letters, no marks, each once."""
    plain = unicodedata.normalize("NFKD", " ".join(texts).casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return {word[:LONGEST_WORD] for word in WORD.findall(plain)}


def make_findable(ticket: Ticket, *texts: str) -> None:
    """Add the words of `texts` to those by which the case is found."""
    row = SearchText.objects.filter(ticket=ticket).first()
    known = set(row.words.split()) if row else set()
    words = known | words_of(*texts)
    if words != known:
        joined = " ".join(sorted(words))
        SearchText.objects.update_or_create(ticket=ticket, defaults={"words": joined})


def make_findable_anew(ticket: Ticket, said: Iterable[str]) -> None:
    """Forget what was said but for `said`: a note was withdrawn."""
    SearchText.objects.filter(ticket=ticket).delete()
    make_findable(ticket, *report_texts(ticket), *said)


def report_texts(ticket: Ticket) -> tuple[str, ...]:
    """Return what the report itself says."""
    return (
        ticket.number,
        ticket.subject,
        ticket.lost_data,
        ticket.place,
        ticket.example,
        ticket.impact_words,
        ticket.reporter_name,
        ticket.reporter_unit,
        ticket.reporter_identity,
        ticket.reporter_email,
        *(system.name for system in ticket.systems.all()),
    )


def find(tickets: TicketQuerySet, typed: str) -> TicketQuerySet:
    """Return those of `tickets` that have every word typed, each from its beginning.

    Something like a number is looked for among the numbers. Nothing typed finds nothing.
    """
    if NUMBER.fullmatch(typed.strip()):
        digits = re.sub(r"\s+", "-", re.sub(r"(?i)^dt", "", typed.strip()).strip(" -"))
        return tickets.filter(number__contains=digits)
    words = sorted(words_of(typed))[:MOST_WORDS]
    if not words:
        return tickets.none()
    found = RawSQL(_FIND[connection.vendor], [_question(words)])  # noqa: S611 - words are letters
    return tickets.filter(pk__in=found)


def _question(words: list[str]) -> str:
    if connection.vendor == "postgresql":
        return " & ".join(f"{word}:*" for word in words)
    return " ".join(f'"{word}"*' for word in words)
