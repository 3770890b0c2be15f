"""Files brought back: restic wrote them out; they are moved into place."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backups.errors import DumpFailed
from backups.specs import Fetched, SourceSpec, Watch


class FilesRestorer:
    """Brings a folder back."""

    kind = "files"

    @contextmanager
    def sandbox(self, folder: Path, fetched: Fetched) -> Iterator[SourceSpec]:  # noqa: ARG002
        """Give a path in `folder` where nothing is yet."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield SourceSpec(key="sandbox", name="sandbox", engine=self.kind, path=str(folder / "root"))

    def load(self, fetched: Fetched, into: SourceSpec, watch: Watch) -> None:  # noqa: ARG002
        """Move the folder to where none is; a rename changes no file's owner, mode or times."""
        if not fetched.root.is_dir():
            raise DumpFailed(f"The snapshot holds no folder {fetched.paths[0]}.")
        fetched.root.rename(into.path)

    def brings_definitions(self) -> bool:
        """Say whether owners can be given back: only root may."""
        return os.geteuid() == 0
