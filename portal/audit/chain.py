"""The chain's arithmetic, without a database (docs/decisions/0003-audit-chain.md).

Every event's hash covers all that the event says and the hash of the event before it, so that
none can be changed, taken out, put in or moved without every later hash being wrong.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import orjson

FORMAT = "pulih-audit-1"
GENESIS = "0" * 64  # what the first event has before it
HASH_LENGTH = 64
TAG = "audit:"  # leads an anchor where it is a snapshot's tag
LARGEST_INTEGER = 2**53 - 1  # beyond it JSON readers disagree (RFC 7493, 2.2)


class NotCanonical(ValueError):
    """A value has no single written form: a float, a naive time, a nameless object."""


class Anchor(NamedTuple):
    """A place in the chain, to be kept outside the database. Written "SEQUENCE:HASH"."""

    sequence: int
    hash: str

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> Anchor:
        """Return the anchor that `text`, or a snapshot's tag, writes; raise ValueError for none."""
        number, _, digits = text.strip().removeprefix(TAG).partition(":")
        if not (number.isascii() and number.isdigit()) or len(digits) != HASH_LENGTH:
            raise ValueError(f"{text!r} is no anchor: it is written SEQUENCE:HASH.")
        return cls(int(number), bytes.fromhex(digits).hex())


START = Anchor(0, GENESIS)


class Link(NamedTuple):
    """All that one event says. `facts` is text that `canonical` wrote."""

    sequence: int
    at: datetime
    verb: str
    actor: str
    user: int | None
    person: str
    object_kind: str
    object_id: str
    object_name: str
    facts: str
    previous: str


def seal(link: Link) -> str:
    """Return the event's hash; raise NotCanonical when its facts are not what was written."""
    facts = read_facts(link.facts)
    return digest({"format": FORMAT, **link._asdict(), "at": written(link.at), "facts": facts})


def read_facts(text: str) -> Any:
    """Return the facts that `text` holds, if `text` is the one way to write them."""
    try:
        facts = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise NotCanonical(f"The facts are not JSON: {error}") from error
    if _bytes(facts) != text.encode():
        raise NotCanonical("The facts are written in another form than the portal's.")
    return facts


def commitment(person: Mapping[str, Any]) -> str:
    """Return what an event keeps of a person: it binds, and without the nonce tells nothing."""
    return digest({"format": FORMAT, **person})


def canonical(value: Any) -> str:
    """Return the one way to write `value` as JSON: keys sorted, no blanks, text in NFC.

    Raises NotCanonical for what has no single form.
    """
    return _bytes(plain(value)).decode()


def digest(value: Mapping[str, Any]) -> str:
    """Return the SHA-256 over `value`, which is plain already, in 64 hex digits."""
    return hashlib.sha256(_bytes(value)).hexdigest()


def written(moment: datetime) -> str:
    """Return a moment as the chain writes it: UTC, microseconds always, a Z at the end."""
    if moment.tzinfo is None:
        raise NotCanonical("A time without its zone is no moment.")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def plain(value: Any) -> Any:
    """Return `value` made of JSON's own kinds only, its texts in NFC."""
    match value:
        case None | bool():
            return value
        case int() if abs(value) <= LARGEST_INTEGER:
            return int(value)
        case str():
            return unicodedata.normalize("NFC", str(value))
        case datetime():
            return written(value)
        case date():
            return value.isoformat()
        case list() | tuple():
            return [plain(item) for item in value]
        case Mapping():
            return _named(value)
    raise NotCanonical(f"{type(value).__name__} {value!r} has no single written form.")


def _named(value: Mapping[Any, Any]) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for key, item in value.items():
        name = plain(key)
        if not isinstance(name, str) or name in named:
            raise NotCanonical(f"The name {key!r} is not text, or stands there twice.")
        named[name] = plain(item)
    return named


def _bytes(value: Any) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:
        raise NotCanonical(f"This cannot be written: {error}") from error
