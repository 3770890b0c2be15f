"""What every engine promises. The contract suite in tests/contracts holds each one to it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from backups.specs import Dump, Fetched, SourceFacts, SourceSpec, Watch


class Engine(Protocol):
    """One kind of source: a database server's, or files."""

    @property
    def kind(self) -> str:
        """Its name in the database and on the command line."""

    @property
    def tools(self) -> tuple[str, ...]:
        """The programs that it needs on this machine."""

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
