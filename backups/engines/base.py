"""What every engine promises. The contract suite in tests/contracts holds each one to it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from backups.specs import Dump, SourceFacts, SourceSpec, Watch


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
