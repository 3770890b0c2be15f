"""PostgreSQL replaced while it lives; contract: backups.engines.base.Replacer."""

from __future__ import annotations

from backups.engines import postgresql_survey as surveys
from backups.engines import postgresql_tables as tables
from backups.engines import postgresql_whole as whole
from backups.engines.postgresql_contents import DATABASE_FILE, ROLES_FILE, SCHEMA_FILE
from backups.errors import RestoreFailed
from backups.manifest import FILE_NAME
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
TOC = "data/toc.dat"


class PostgreSQLReplacer:
    """Replaces a whole database by renaming, and chosen tables in one transaction."""

    kind = "postgresql"
    notes = (SCHEMA_FILE, DATABASE_FILE, TOC)

    def wanted(self, noted: Fetched, scope: Scope) -> tuple[str, ...]:
        """Return the data files of the chosen tables and of their partitions."""
        if _is_whole(scope):
            return ()
        part = tables.part(noted, scope)
        dump = noted.paths[-1]
        small = (FILE_NAME, SCHEMA_FILE, DATABASE_FILE, ROLES_FILE, TOC)
        return tuple(f"{dump}/{name}" for name in (*small, *part.files))

    def covers(self, entry: ManifestObject, scope: Scope) -> bool:
        """Say whether a restore of `scope` brings this object."""
        if _is_whole(scope):
            return entry.kind not in SERVER_FACTS
        return entry.kind == "table" and entry.name in scope.names

    def brings_definitions(self, live: SourceSpec, scope: Scope) -> bool:
        """Say that definitions come with a whole database; a living table keeps its own."""
        return scope.is_whole

    def survey(self, live: SourceSpec, scope: Scope, noted: Fetched) -> Survey:
        """Ask the living target what a restore would meet."""
        if _is_whole(scope):
            return surveys.survey_whole(live, noted)
        return surveys.survey_tables(live, tables.part(noted, scope).names, noted)

    def prepare(self, live: SourceSpec, scope: Scope, label: str, noted: Fetched) -> SourceSpec:
        """Make the empty database beside live."""
        if _is_whole(scope):
            return whole.prepare(live, label, noted)
        return tables.prepare(live, label, noted)

    def place(self, live: SourceSpec, scope: Scope, label: str) -> SourceSpec:
        """Return the database beside live."""
        return whole.place_of(live, label)

    def aside(self, live: SourceSpec, scope: Scope, label: str) -> SourceSpec:
        """Return the database in which the old stands."""
        return whole.aside_of(live, label)

    def load(self, fetched: Fetched, place: SourceSpec, scope: Scope, watch: Watch) -> None:
        """Load what was fetched."""
        if _is_whole(scope):
            whole.load(fetched, place, watch)
        else:
            tables.load(fetched, place, scope, watch)

    def swap(
        self, live: SourceSpec, place: SourceSpec, scope: Scope, label: str, watch: Watch
    ) -> None:
        """Make the new live and put the old aside."""
        if _is_whole(scope):
            whole.swap(live, label)
        else:
            tables.swap(live, label, watch)

    def standing(self, live: SourceSpec, scope: Scope, label: str) -> Standing:
        """Read off the server how far this restore has come."""
        return (whole.standing if _is_whole(scope) else tables.standing)(live, label)

    def mend(self, live: SourceSpec, scope: Scope, label: str) -> Standing:
        """Make a torn swap whole."""
        return (whole.mend if _is_whole(scope) else tables.mend)(live, label)

    def swap_back(self, live: SourceSpec, scope: Scope, label: str, watch: Watch) -> None:
        """Make the old live again."""
        if _is_whole(scope):
            whole.swap_back(live, label)
        else:
            tables.swap_back(live, label, watch)

    def keep_as(self, live: SourceSpec, scope: Scope, label: str, name: str) -> str:
        """Give the loaded database the name that was asked for."""
        return (whole.keep_as if _is_whole(scope) else tables.keep_as)(live, label, name)

    def discard(self, live: SourceSpec, scope: Scope, label: str) -> None:
        """Drop what stands beside and aside."""
        (whole.discard if _is_whole(scope) else tables.discard)(live, label)


def _is_whole(scope: Scope) -> bool:
    """Say which of the two ways it is; raise for what PostgreSQL has no way for."""
    if scope.kind not in {ScopeKind.WHOLE, ScopeKind.TABLES}:
        raise RestoreFailed(f"PostgreSQL does not know how to restore {scope.kind}.")
    return scope.is_whole
