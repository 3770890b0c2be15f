"""What every engine promises. The contract suite in tests/contracts holds each one to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from backups.specs import Dump, Fetched, ManifestObject, Preflight, SourceFacts, SourceSpec, Watch


class Engine(Protocol):
    """One kind of source: a database server's, or files."""

    kind: str
    tools: tuple[str, ...]  # the programs it needs on this machine

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
    """One kind of source, brought back. Never destroys before the new is proven (invariant 2).

    A place is a SourceSpec: a database of a server, or a folder or file. Names are those of the
    manifest, "kind name" pairs being what ManifestObject gives. Every method may be called again
    after a kill at any moment and then finishes or repeats its work.
    """

    kind: str

    def sandbox(self, folder: Path, server_version: str) -> AbstractContextManager[SourceSpec]:
        """Run an empty throwaway place in `folder`, with no network, gone after the block.

        Gone also after kill -9 of the worker. Raises ToolMissing that names the major version
        when this machine has no program that can run a dump of `server_version`.
        """

    def files_of(
        self, objects: Iterable[ManifestObject], paths: tuple[str, ...], names: Sequence[str]
    ) -> tuple[str, ...]:
        """Return the in-snapshot paths that a load of `names` needs; () means all of them."""

    def load(
        self, fetched: Fetched, into: SourceSpec, watch: Watch, names: Sequence[str] = ()
    ) -> None:
        """Load what was fetched, or only `names` of it, into the empty place `into`.

        Anything that does not load whole raises; the caller discards the place then.
        """

    def preflight(self, live: SourceSpec, names: Sequence[str]) -> Preflight:
        """Say what stands against a restore to `live`, changing nothing."""

    def make_beside(self, live: SourceSpec, name: str) -> SourceSpec:
        """Make an empty place called `name` beside `live`, alike in encoding, owner and settings.

        Raises SourceRefused when `name` is taken or the restore credential may not.
        """

    def swap(self, live: SourceSpec, beside: SourceSpec, kept: str, names: Sequence[str]) -> None:
        """Make what lies in `beside` live, in one step; what was live is kept as `kept`.

        With `names` only those objects move. Either all of it happened or nothing of it.
        """

    def swapped(self, live: SourceSpec, kept: str, names: Sequence[str]) -> bool:
        """Say, after a kill, whether the swap that keeps the old as `kept` has happened."""

    def swap_back(self, live: SourceSpec, kept: str, aside: str, names: Sequence[str]) -> None:
        """Make `kept` live again, in one step; what was live meanwhile is kept as `aside`."""

    def drop(self, live: SourceSpec, name: str) -> None:
        """Remove the place called `name` beside `live`, which must not be `live` itself."""
