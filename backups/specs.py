"""The nouns that cross borders: frozen values without Django, database or behaviour.

Engines and repositories see only these, never a model. Sizes are bytes, times are aware UTC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

NAMED = 10  # as many names does a sentence bear


@dataclass(frozen=True, slots=True)
class Credential:
    """A user name and its password; the password never shows in a repr or a traceback."""

    username: str
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """Where the data live and who may read (and, rarely, write) them.

    `host` may be a name, an address or, starting with "/", the folder of a UNIX socket
    (PostgreSQL) or the socket itself (MariaDB). `ssh` is USER@HOST[:PORT] for a remote folder.
    `excludes` are glob patterns of what a files source leaves out; `restless` are names seen
    changing while they were stored (Engine.restless): stored, but listed without a digest.
    `only` names the tables whose rows alone a dump is to hold (Engine.by_table); None is all.
    """

    key: str
    name: str
    engine: str
    host: str = ""
    port: int | None = None
    database: str = ""
    path: str = ""
    ssh: str = ""
    ssh_key_file: str = ""
    read: Credential | None = None
    write: Credential | None = None
    jobs: int = 2
    excludes: tuple[str, ...] = ()
    restless: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class RepositorySpec:
    """One restic repository. `location` is a path or any restic URL."""

    location: str
    password: str = field(repr=False)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What a source answers when asked without dumping it."""

    server_version: str
    size_bytes: int | None
    objects: int | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ManifestObject:
    """One thing that a backup holds: a table, a view, a file.

    `sha256` is over the object's data as stored (None where it has none, as a view has not);
    `schema_sha256` over its definition (database) or owner, mode and times (files).
    `file` is the object's data file relative to the dump's folder, where it has its own.
    `stat` lets the files engine know an unchanged file again: (size, mtime_ns, ctime_ns, inode).
    """

    kind: str
    name: str
    bytes: int = 0
    rows: int | None = None
    sha256: str | None = None
    schema_sha256: str | None = None
    columns: tuple[str, ...] = ()
    file: str = ""
    stat: tuple[int, int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class ManifestSummary:
    """A manifest's totals; `sha256` is over the manifest file itself."""

    path: Path
    sha256: str
    engine: str
    server_version: str
    taken_at: datetime
    objects: int
    rows: int
    bytes: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dump:
    """A finished, read-back dump: what goes into the vault, and what it says it holds.

    `excludes` are absolute restic patterns of what the store leaves out below `paths`: one
    `--exclude` argument each (an exclude file would expand `$` in them and cut their blanks).
    """

    manifest: ManifestSummary
    paths: tuple[Path, ...]
    excludes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fetched:
    """A snapshot written out below `target`. `paths` are absolute, as they were stored.

    The dump's folder, with its manifest, is the last of them; a files source has its root first.
    """

    target: Path
    paths: tuple[str, ...]

    @property
    def dump(self) -> Path:
        """The dump's folder."""
        return self.target / self.paths[-1].lstrip("/")

    @property
    def root(self) -> Path:
        """The folder of a files source; for a database the dump's folder."""
        return self.target / self.paths[0].lstrip("/")


@dataclass(frozen=True, slots=True)
class StoredSnapshot:
    """A snapshot as the repository itself lists it. `id` is the full 64 hex digits.

    `tree` is the content id of all that was stored: equal in two repositories when both
    hold the same. `bytes_added` is what this snapshot cost on the vault's disk, where known.
    """

    id: str
    tree: str
    taken_at: datetime
    tags: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    bytes_added: int | None = None


class ScopeKind(StrEnum):
    """How much of a copy is brought back."""

    WHOLE = "whole"
    TABLES = "tables"
    PATHS = "paths"
    ROWS = "rows"


@dataclass(frozen=True, slots=True)
class Scope:
    """What of a copy is brought back.

    `names` are names as the manifest has them: tables, or files and folders (a folder stands for
    all below it). `rows` is a file of rows that a person picked from a comparison.
    """

    kind: ScopeKind = ScopeKind.WHOLE
    names: tuple[str, ...] = ()
    rows: Path | None = None

    @property
    def is_whole(self) -> bool:
        """True when all of the copy is brought back."""
        return self.kind == ScopeKind.WHOLE


WHOLE = Scope()


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that was found: a code, and facts that JSON can hold.

    backups.survey_words puts it into words, in the reader's language; here nobody reads. What
    forbids a restore to live forbids one beside too only where `beside` says so.
    """

    code: str
    facts: Mapping[str, str | int | Sequence[str]] = field(default_factory=dict)
    beside: bool = False


def some(names: Sequence[str]) -> dict[str, int | Sequence[str]]:
    """Return the facts of a `Told` that names many: the first few, and how many more there are."""
    return {"names": list(names[:NAMED]), "more": max(len(names) - NAMED, 0)}


@dataclass(frozen=True, slots=True)
class Survey:
    """What a restore to live would meet, asked without changing anything.

    `overwrites` are names of what would be replaced. Each of the `blockers` forbids the restore;
    `warnings` only tell. `fingerprint` is over the target's identity and its
    definitions: where it is another than at planning, the plan is void. `free_bytes` is None
    where the target does not tell. `connections` are those of others. Without `exists` there is
    nothing under live's name, and so nothing to save before.
    """

    exists: bool = True
    overwrites: tuple[str, ...] = ()
    connections: int = 0
    size_bytes: int | None = None
    free_bytes: int | None = None
    blockers: tuple[Told, ...] = ()
    warnings: tuple[Told, ...] = ()
    fingerprint: str = ""


class Standing(StrEnum):
    """How far a restore has come, read off the target itself and not off any row of ours."""

    NOTHING = "nothing"  # live is live, nothing of this restore stands
    BESIDE = "beside"  # live is live, the new (whole or half loaded) stands beside it
    SWAPPED = "swapped"  # the new is live, the old stands aside
    TORN = "torn"  # in mid-swap: neither, and `mend` must be asked


class Watch(Protocol):
    """How long work tells where it is and hears that it should stop."""

    def advance(self, done: int, total: int | None = None) -> None:
        """Say how far it is, in bytes (or objects); cheap, call it often."""

    def note(self, line: str) -> None:
        """Keep one line for the run's log."""

    def stopped(self) -> bool:
        """Return True when a person cancelled; the caller ends its child and raises Cancelled."""


class Unwatched:
    """A Watch for whoever does not look."""

    def advance(self, done: int, total: int | None = None) -> None:
        """Say nothing."""

    def note(self, line: str) -> None:
        """Keep nothing."""

    def stopped(self) -> bool:
        """Never stop."""
        return False


UNWATCHED = Unwatched()
