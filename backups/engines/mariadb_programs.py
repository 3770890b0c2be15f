"""What a database holds besides rows, as SQL that makes it again: read before a swap, given after.

A rename takes tables along, and sequences; triggers, views, routines and events it leaves or
refuses (errors 1435 and 1450). mariadb-dump writes each with its definer and its sql_mode.
"""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Self

from backups.engines import mariadb_client as client
from backups.engines.mariadb import ALWAYS
from backups.engines.mariadb_sql import quoted
from backups.engines.mariadb_stream import Cutter, Malformed
from backups.errors import DumpFailed
from backups.specs import UNWATCHED, SourceSpec

ROUTINES = {
    "package": "PACKAGE",
    "procedure": "PROCEDURE",
    "function": "FUNCTION",
}
Key = tuple[str, str]

_TRIGGERS = """
    SELECT trigger_name, event_object_table FROM information_schema.triggers
    WHERE BINARY trigger_schema = %s ORDER BY event_object_table, action_order"""


@dataclass(slots=True)
class Programs:
    """All that a database holds but rows.

    `definitions` are digests by kind and name, as a manifest has them. The texts are SQL between
    `header` and `footer`: `triggers` of every table in `trigger_tables` (by trigger name).
    """

    definitions: dict[Key, str] = field(default_factory=dict)
    trigger_tables: dict[str, str] = field(default_factory=dict)
    header: bytes = b""
    footer: bytes = b""
    triggers: bytes = b""
    placeholders: dict[str, bytes] = field(default_factory=dict)
    views: dict[str, bytes] = field(default_factory=dict)
    routines: bytes = b""
    events: bytes = b""

    def of(self, *kinds: str) -> dict[Key, str]:
        """Return the definitions of these kinds."""
        return {key: each for key, each in self.definitions.items() if key[0] in kinds}

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON may hold it."""
        return {
            "definitions": [[*key, digest] for key, digest in self.definitions.items()],
            "trigger_tables": self.trigger_tables,
            "placeholders": {name: _text(sql) for name, sql in self.placeholders.items()},
            "views": {name: _text(sql) for name, sql in self.views.items()},
            **{name: _text(getattr(self, name)) for name in _TEXTS},
        }

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Self:
        """Return what `as_json` gave."""
        return cls(
            definitions={(kind, name): digest for kind, name, digest in told["definitions"]},
            trigger_tables=told["trigger_tables"],
            placeholders={name: _bytes(sql) for name, sql in told["placeholders"].items()},
            views={name: _bytes(sql) for name, sql in told["views"].items()},
            **{name: _bytes(told[name]) for name in _TEXTS},
        )


_TEXTS = ("header", "footer", "triggers", "routines", "events")


def _text(sql: bytes) -> str:
    return base64.b64encode(sql).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)


class _Sink:
    """Keeps the text of each part in memory."""

    def __init__(self) -> None:
        self.parts: dict[Key, list[bytes]] = defaultdict(list)
        self._now: Key = ("", "")

    def begin(self, kind: str, name: str) -> None:
        """Begin the next part."""
        self._now = (kind, name)

    def write(self, data: bytes | memoryview) -> None:
        """Take more of it."""
        self.parts[self._now].append(bytes(data))

    def of(self, kind: str) -> dict[str, bytes]:
        """Return the texts of one kind by name."""
        return {name: b"".join(text) for (each, name), text in self.parts.items() if each == kind}


def read_programs(spec: SourceSpec, tables: Iterable[str] | None = None) -> Programs:
    """Return all that the database holds but rows; with `tables` these alone, with triggers.

    Raises SourceUnreachable, SourceRefused or DumpFailed.
    """
    chosen = None if tables is None else tuple(tables)
    if chosen is not None and not chosen:
        return Programs()
    whole = ("--routines", "--events") if chosen is None else ()
    cutter, sink = _cut(spec, ("--skip-triggers", *whole), chosen)
    made = Programs(
        definitions=dict(cutter.definitions),
        trigger_tables=trigger_tables(spec, chosen),
        header=b"".join(sink.of("header").values()),
        footer=b"".join(sink.of("footer").values()),
        placeholders=sink.of("placeholder"),
        views=sink.of("view"),
        routines=b"".join(sink.of("routines").values()),
        events=b"".join(sink.of("events").values()),
    )
    triggered = tuple(dict.fromkeys(made.trigger_tables.values()))
    if triggered:
        cutter, sink = _cut(spec, ("--triggers", "--no-create-info"), triggered)
        made.definitions |= cutter.definitions
        made.triggers = _between(sink)
    return made


def _between(sink: _Sink) -> bytes:
    """Return what stands after the dump's own settings, which open every client anyway."""
    return b"".join(sink.of("header").values())


def trigger_tables(spec: SourceSpec, tables: tuple[str, ...] | None = None) -> dict[str, str]:
    """Return trigger -> its table, of the whole database or of `tables`."""
    with client.session(spec) as connection, connection.cursor() as cursor:
        cursor.execute(_TRIGGERS, (spec.database,))
        return {name: on for name, on in cursor.fetchall() if tables is None or on in tables}


def _cut(
    spec: SourceSpec, options: tuple[str, ...], tables: tuple[str, ...] | None
) -> tuple[Cutter, _Sink]:
    tool, sink = client.dump_tool(), _Sink()
    cutter = Cutter(sink)
    argv = (
        "--no-defaults",
        *client.address(spec),
        f"--user={client.credential(spec).username}",
        *(each for each in ALWAYS if each not in {"--routines", "--triggers"}),
        "--no-data",
        *options,
        "--",
        spec.database,
        *(tables or ()),
    )
    try:
        with closing(client.tool_output(spec, tool, argv, UNWATCHED)) as chunks:
            for chunk in chunks:
                cutter.feed(chunk)
        cutter.finish()
    except Malformed as error:
        raise DumpFailed(f"What {spec.database} holds could not be read: it {error}.") from error
    return cutter, sink


def drop_programs(programs: Iterable[Key]) -> Iterator[bytes]:
    """Yield what drops these views, routines, events and triggers, where they are there."""
    for kind, name in sorted(programs):
        word = {"view": "VIEW", "event": "EVENT", "trigger": "TRIGGER", **ROUTINES}.get(kind)
        if word:
            yield f"DROP {word} IF EXISTS {quoted(name)};\n".encode("utf-8", "surrogateescape")


def make_views(programs: Programs, names: Iterable[str], there: Iterable[str]) -> Iterator[bytes]:
    """Yield what makes these views, in any order of what they are made of.

    One that is not `there` yet first gets a placeholder, for others may be made of it.
    """
    chosen, standing = list(names), set(there)
    yield from (programs.placeholders[name] for name in chosen if name not in standing)
    yield from (programs.views[name] for name in chosen)
