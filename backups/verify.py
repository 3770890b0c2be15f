"""The round-trip proof: what was loaded, dumped again, must be what the manifest says.

Pure. Equal digests for every object are the SOP's second indicator, "data kembali ke kondisi
awal", as a number (architecture, section 5).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from backups.specs import ManifestObject

TOLD = 20  # names of differing objects that a proof carries along


@dataclass(frozen=True, slots=True)
class Proof:
    """How many objects were compared and how many were equal; the first that were not."""

    compared: int
    equal: int
    different: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """True when something was compared and everything was equal."""
        return self.compared > 0 and self.compared == self.equal and not self.extra

    def sentence(self) -> str:
        """Return in one English sentence what does not hold, "" when it holds."""
        parts = [
            f"{word} {', '.join(names)}"
            for word, names in (
                ("differs:", self.different),
                ("is missing:", self.missing),
                ("is there besides:", self.extra),
            )
            if names
        ]
        return (
            f"{self.equal} of {self.compared} objects are equal; " + "; ".join(parts)
            if parts
            else ""
        )


def prove(
    recorded: Iterable[ManifestObject],
    loaded: Iterable[ManifestObject],
    *,
    ignored_kinds: frozenset[str] = frozenset(),
    definitions: bool = True,
) -> Proof:
    """Compare the dump of what was loaded with what the backup recorded.

    `ignored_kinds` are what a load cannot bring by itself, such as a server's roles. An object
    recorded without digest (it changed while it was stored) is compared by its presence.
    Without `definitions` contents alone count (a load that could not bring owners back).
    """
    found = {(o.kind, o.name): o for o in loaded if o.kind not in ignored_kinds}
    compared = equal = 0
    different: list[str] = []
    missing: list[str] = []
    for entry in recorded:
        if entry.kind in ignored_kinds:
            continue
        compared += 1
        twin = found.pop((entry.kind, entry.name), None)
        if twin is None:
            missing.append(entry.name)
        elif _alike(entry, twin, definitions=definitions):
            equal += 1
        else:
            different.append(entry.name)
    extra = tuple(name for _, name in list(found)[:TOLD])
    return Proof(compared, equal, tuple(different[:TOLD]), tuple(missing[:TOLD]), extra)


def _alike(recorded: ManifestObject, loaded: ManifestObject, *, definitions: bool) -> bool:
    if definitions and recorded.schema_sha256 != loaded.schema_sha256:
        return False
    if recorded.sha256 is None:
        return True
    return (recorded.sha256, recorded.rows) == (loaded.sha256, loaded.rows)
