"""What every engine promises. The contract suite in tests/contracts holds each one to it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from backups.specs import (
    Dump,
    Fetched,
    ManifestObject,
    Scope,
    SourceFacts,
    SourceSpec,
    Standing,
    Survey,
    Watch,
)


class Engine(Protocol):
    """One kind of source: a database server's, or files."""

    @property
    def kind(self) -> str:
        """Its name in the database and on the command line."""

    @property
    def tools(self) -> tuple[str, ...]:
        """The programs that it needs on this machine."""

    @property
    def by_table(self) -> bool:
        """Say whether `dump` heeds SourceSpec.only: rows and list of those tables alone.

        A table of them that is not there is passed over; definitions besides may be there too.
        """

    def probe(self, spec: SourceSpec) -> SourceFacts:
        """Ask the source how it is, quickly and without changing anything.

        Raises SourceUnreachable, SourceRefused, VersionMismatch or ToolMissing.
        """

    def dump(self, spec: SourceSpec, folder: Path, watch: Watch, previous: Path | None) -> Dump:
        """Dump one consistent view of the source into the empty `folder`, read back whole.

        `previous` is the last good manifest, where there is one. On any error or cancel no
        child process is left; whatever stands in `folder` is worthless and the caller removes it.
        Raises the family of backups.errors.
        """

    def restless(self, spec: SourceSpec, dump: Dump) -> tuple[str, ...]:
        """After the store: return names whose stored content may not be what the manifest says.

        () means settled, and always is for dumps in a folder of our own; files read in place can
        change under the store. The caller then dumps and stores again a few times, each time with
        `replace(spec, restless=(*spec.restless, *names))`: what is named there is still stored,
        but listed without a digest and with a warning, so that a busy tree comes to an end too.
        """


class Restorer(Protocol):
    """One kind of source, brought back into a place that was empty before."""

    @property
    def kind(self) -> str:
        """The engine's kind."""

    def sandbox(self, folder: Path, fetched: Fetched) -> AbstractContextManager[SourceSpec]:
        """Run an empty throwaway place in `folder`, fit for `fetched`, gone after the block.

        It opens no network and is gone also after kill -9 of the worker. Raises ToolMissing that
        names the major version when this machine has no server program for the dump.
        """

    def load(self, fetched: Fetched, into: SourceSpec, watch: Watch) -> None:
        """Load what was fetched into the empty place `into`; whatever does not load whole raises.

        The files below `fetched` may be moved instead of copied.
        """

    def brings_definitions(self) -> bool:
        """Say whether a load on this machine brings owners and rights back too.

        Where it cannot (files of others, and we are not root) contents alone are compared.
        """


class Replacer(Protocol):
    """One kind of source, replaced while it lives: loaded beside, proven, swapped, with a way back.

    `live` is the source with its `write` credential (SourceRefused without one); the reader's is
    never used to write. `label` is a word of ours ([a-z0-9_], at most 30 signs), unique to one
    restore: all that the restore makes carries it in its name, so that a later worker finds it.
    Every verb may be asked again after a crash of its caller or of the server, and leaves nothing
    running. None touches what stands under live's own name but `swap`, `mend` and `swap_back`.
    """

    @property
    def kind(self) -> str:
        """The engine's kind."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Return the small files of a dump's folder, besides the manifest, that `wanted` reads."""

    def wanted(self, noted: Fetched, scope: Scope) -> tuple[str, ...]:
        """Return the absolute in-snapshot paths that `scope` needs; () means all of them.

        `noted` holds the manifest and the notes alone. Raises BackupError that names what the
        copy does not hold.
        """

    def covers(self, entry: ManifestObject, scope: Scope) -> bool:
        """Say whether a restore of `scope` brings this object, so that the proof asks for it."""

    def brings_definitions(self, live: SourceSpec, scope: Scope) -> bool:
        """Say whether definitions (owners, rights) are brought too, so that the proof asks."""

    def survey(self, live: SourceSpec, scope: Scope, noted: Fetched) -> Survey:
        """Ask the living target what a restore would meet; change nothing.

        Raises SourceUnreachable or SourceRefused.
        """

    def prepare(self, live: SourceSpec, scope: Scope, label: str, noted: Fetched) -> SourceSpec:
        """Make the empty place beside live and return it; made anew where a dead worker left one.

        The place is fit for `load` and for Engine.dump. Raises ValueError when the new is live.
        """

    def place(self, live: SourceSpec, scope: Scope, label: str) -> SourceSpec:
        """Return the place that `prepare` makes, without touching it."""

    def aside(self, live: SourceSpec, scope: Scope, label: str) -> SourceSpec:
        """Return where the old stands after `swap`, fit for Engine.dump: contents as they were."""

    def load(self, fetched: Fetched, place: SourceSpec, scope: Scope, watch: Watch) -> None:
        """Load what was fetched into the empty place; whatever does not load whole raises."""

    def swap(
        self, live: SourceSpec, place: SourceSpec, scope: Scope, label: str, watch: Watch
    ) -> None:
        """Make the new live and put the old aside, in one step that a crash leaves undone or done.

        Where that cannot be (`standing` may say TORN), `mend` makes it whole. Connections of
        others are ended; owners, grants, sequences and all that depends on what is replaced is
        as it was. On any error live is what it was. Asked again when SWAPPED it does nothing.
        """

    def standing(self, live: SourceSpec, scope: Scope, label: str) -> Standing:
        """Read off the target how far this restore has come."""

    def mend(self, live: SourceSpec, scope: Scope, label: str) -> Standing:
        """Make a torn swap whole, back or forward; return where it stands then (never TORN)."""

    def swap_back(self, live: SourceSpec, scope: Scope, label: str, watch: Watch) -> None:
        """Make the old live again, the inverse of `swap`, with the same promises.

        What was live since goes where the new once stood (`standing` is BESIDE) or is gone
        (NOTHING): its caller has backed it up before.
        """

    def keep_as(self, live: SourceSpec, scope: Scope, label: str, name: str) -> str:
        """Give the loaded place the name by which its owner finds it; return that name in full.

        `name` is what the owner asked for: a database, schema or folder beside live. Raises
        BackupError when something stands there already. Nothing of live changes.
        """

    def discard(self, live: SourceSpec, scope: Scope, label: str) -> None:
        """Remove what of this restore stands beside and aside, never what is live. Idempotent."""
