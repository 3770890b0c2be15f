"""What a berita acara says, as values that are kept on its row. No Django in here.

All of it but the stamp is there before the record is signed; the stamp (number, moment, code) is
added when it is issued. Order and wording of the parts: records-facts, 1.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext_noop

FORMAT = "pulih-record-1"
BY_INK = gettext_noop("Ditandatangani di atas kertas")
IN_PORTAL = gettext_noop("Ditandatangani secara elektronik (tidak tersertifikasi)")


@dataclass(frozen=True, slots=True)
class Party:
    """One who signs: rows of label and value, how the text calls them, and as what they act."""

    numeral: str
    rows: tuple[tuple[str, str], ...]
    called: str
    role: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of the table of facts; `codes` are set in a fixed-width font."""

    label: str
    lines: tuple[str, ...]
    codes: tuple[str, ...] = ()
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of its own, as for objects or sources; `numeric` are the columns set to the right."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A place to sign. `user` is the account that may sign in the portal, or None: ink."""

    order: int
    part: str
    above: tuple[str, ...]
    title: str
    name: str
    label: str
    identity: str
    user: int | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """The document-control box: the form's own code, which is not the running number."""

    code: str
    revision: str
    issued_on: str


@dataclass(frozen=True, slots=True)
class Head:
    """The letterhead."""

    institution: str
    bureau: str
    address: str


@dataclass(frozen=True, slots=True)
class Content:
    """A whole berita acara without its stamp."""

    kind: str
    title: tuple[str, ...]
    head: Head
    form: Form
    place: str
    city: str
    hijri: str
    parties: tuple[Party, ...]
    basis: tuple[str, ...]
    statement: str
    facts: tuple[Fact, ...]
    tables: tuple[Table, ...]
    acceptance: str
    closing: str
    blocks: tuple[Block, ...]
    copies_to: tuple[str, ...]
    label: str
    refers: str = ""

    def as_row(self) -> dict[str, Any]:
        """Return it as the row keeps it."""
        return {"format": FORMAT, **asdict(self)}
