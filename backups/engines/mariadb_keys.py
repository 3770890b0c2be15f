"""Plain secondary keys of a large table, made after its rows: one sort instead of many seeks. Pure.

Only where nothing else can lean on such a key while it is away: a foreign key's index, or that of
an AUTO_INCREMENT column, stays in the definition. Added in their order, keys print as they did.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from backups.engines.mariadb_sql import plain_name, quoted

LARGE = 4 << 20  # bytes of rows; below, a statement more costs what it saves

_NAME = rb"`(?:[^`\n]|``)+`"
_KEY = re.compile(rb"^  (KEY " + _NAME + rb" \(.*?),?\n", re.MULTILINE)
_DANGLING = re.compile(rb",(\n\) ENGINE=)")
_COUNTED = re.compile(rb"^  (" + _NAME + rb") .* AUTO_INCREMENT", re.MULTILINE)
_REFERENCED = re.compile(rb" REFERENCES (?:" + _NAME + rb"\.)?(" + _NAME + rb") \(")
_NEVER = (b" FOREIGN KEY (", b"WITH SYSTEM VERSIONING", b"PERIOD FOR ")


def referenced(definitions: Iterable[bytes]) -> frozenset[str]:
    """Return the names of the tables to which any of these definitions refers."""
    return frozenset(
        plain_name(found) for text in definitions for found in _REFERENCED.findall(text)
    )


def keys_later(definition: bytes, name: str) -> tuple[bytes, bytes]:
    """Return a table's definition without its plain keys, and the statement that adds them.

    The statement is b"" where the definition had better stay as it is.
    """
    keys = _KEY.findall(definition)
    if not keys or b"\n) ENGINE=InnoDB" not in definition or _leans_on_keys(definition):
        return definition, b""
    bare = _DANGLING.sub(rb"\1", _KEY.sub(b"", definition))
    table = quoted(name).encode("utf-8", "surrogateescape")
    return bare, b"ALTER TABLE %b %b;\n" % (table, b", ".join(b"ADD " + key for key in keys))


def _leans_on_keys(definition: bytes) -> bool:
    counted = _COUNTED.search(definition)
    return any(word in definition for word in _NEVER) or bool(
        counted and b"\n  PRIMARY KEY (" + counted[1] not in definition
    )
