"""The proof of a restore, an undo, a drill and a download: one and the same.

What was loaded is dumped again, by the engine that made the night, and every digest compared.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from backups.engines.base import Engine
from backups.manifest import FILE_NAME, read_objects
from backups.specs import Fetched, ManifestObject, SourceSpec, Watch
from backups.verify import Proof, prove


def prove_place(
    recorded: Fetched,
    place: SourceSpec,
    engine: Engine,
    again: Path,
    watch: Watch,
    *,
    covers: Callable[[ManifestObject], bool],
    definitions: bool,
) -> Proof:
    """Dump `place` into the folder `again` and compare it with what the backup recorded.

    `covers` says of which objects; with `definitions` their owners, rights and schema count too.
    """
    again.mkdir(exist_ok=True)
    dump = engine.dump(place, again, watch, None)
    return prove(
        filter(covers, read_objects(recorded.dump / FILE_NAME)),
        filter(covers, read_objects(dump.manifest.path)),
        definitions=definitions,
    )
