"""PostgreSQL replaced while it lives; contract: backups.engines.base.Replacer."""

from __future__ import annotations

from backups.engines import postgresql_survey as surveys
from backups.engines import postgresql_whole as whole
from backups.engines.postgresql_contents import DATABASE_FILE, SCHEMA_FILE
from backups.errors import RestoreFailed
from backups.specs import (
    Fetched,
    ManifestObject,
    Scope,
    ScopeKind,
    SourceSpec,
    Standing,
    Survey,
    Watch,
)

SERVER_FACTS = frozenset({"roles", "database"})  # of the server; no load of one database has them


class PostgreSQLReplacer:
    """Replaces a whole database by renaming, and chosen tables in one transaction."""

    kind = "postgresql"
    notes = (SCHEMA_FILE, DATABASE_FILE, "data/toc.dat")

    def wanted(self, noted: Fetched, scope: Scope) -> tuple[str, ...]:
        """Return what the scope needs; () for a whole database."""
        _require(scope)
        return ()

    def covers(self, entry: ManifestObject, scope: Scope) -> bool:
        """Say whether a restore of `scope` brings this object."""
        return entry.kind not in SERVER_FACTS

    def brings_definitions(self, scope: Scope) -> bool:
        """Say that owners and rights come with a whole database."""
        return scope.is_whole

    def survey(self, live: SourceSpec, scope: Scope, noted: Fetched) -> Survey:
        """Ask the living target what a restore would meet."""
        return surveys.survey(live, noted)

    def prepare(self, live: SourceSpec, scope: Scope, label: str, noted: Fetched) -> SourceSpec:
        """Make the empty database beside live."""
        _require(scope)
        return whole.prepare(live, label, noted)

    def place(self, live: SourceSpec, scope: Scope, label: str) -> SourceSpec:
        """Return the database beside live."""
        return whole.place_of(live, label)

    def aside(self, live: SourceSpec, scope: Scope, label: str) -> SourceSpec:
        """Return the database in which the old stands."""
        return whole.aside_of(live, label)

    def load(self, fetched: Fetched, place: SourceSpec, scope: Scope, watch: Watch) -> None:
        """Load what was fetched."""
        whole.load(fetched, place, watch)

    def swap(
        self, live: SourceSpec, place: SourceSpec, scope: Scope, label: str, watch: Watch
    ) -> None:
        """Make the new live and put the old aside."""
        whole.swap(live, label)

    def standing(self, live: SourceSpec, scope: Scope, label: str) -> Standing:
        """Read off the server how far this restore has come."""
        return whole.standing(live, label)

    def mend(self, live: SourceSpec, scope: Scope, label: str) -> Standing:
        """Make a torn swap whole."""
        return whole.mend(live, label)

    def swap_back(self, live: SourceSpec, scope: Scope, label: str, watch: Watch) -> None:
        """Make the old live again."""
        whole.swap_back(live, label)

    def keep_as(self, live: SourceSpec, scope: Scope, label: str, name: str) -> str:
        """Give the loaded database the name that was asked for."""
        return whole.keep_as(live, label, name)

    def discard(self, live: SourceSpec, scope: Scope, label: str) -> None:
        """Drop what stands beside and aside."""
        whole.discard(live, label)


def _require(scope: Scope) -> None:
    if scope.kind != ScopeKind.WHOLE:
        raise RestoreFailed(f"PostgreSQL does not know how to restore {scope.kind}.")
