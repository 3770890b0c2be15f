"""How restic is called: secrets by inherited descriptor and environment, nothing secret in argv."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from backups import process
from backups.errors import RepositoryError, VersionMismatch
from backups.repository import locations, restic_json
from backups.specs import RepositorySpec

OLDEST = (0, 14, 0)


@dataclass(frozen=True, slots=True)
class Call:
    """All that starting restic needs; `descriptors` must be inherited by it.

    `ssh_log` is where its ssh, if any, says why a host cannot be reached: restic passes on what
    ssh says, but may end before it has.
    """

    argv: tuple[str, ...]
    environment: dict[str, str]
    descriptors: tuple[int, ...]
    ssh_log: Path | None

    def said(self, stderr: str) -> str:
        """Return what restic said, behind what its ssh said."""
        by_ssh = self.ssh_log.read_text("utf-8", "replace").splitlines() if self.ssh_log else []
        return "\n".join([*(f"{restic_json.BY_SSH} {line}" for line in by_ssh), stderr])


@cache
def restic_version() -> tuple[int, int, int]:
    """Return the release of restic on this machine, asked once in a process.

    Raises ToolMissing, and VersionMismatch when it is older than what this portal can lean on.
    """
    finished = process.run(("restic", "version"), timeout=60)
    version = restic_json.version(finished.stdout)
    if version is None or version < OLDEST:
        raise VersionMismatch(
            f"restic 0.14 or later is needed; this machine says {finished.last_line()!r}.",
            advice="Install restic from the distribution's packages, 0.14 or later.",
        )
    return version


@contextmanager
def prepared(
    arguments: Sequence[str],
    spec: RepositorySpec,
    cache_folder: Path,
    source: RepositorySpec | None = None,
) -> Iterator[Call]:
    """Yield the call of restic on `spec`, with `source` as the one to copy from.

    The passwords lie in memory only, and only until the block ends.
    """
    restic_version()
    specs = (spec, source) if source else (spec,)
    with ExitStack() as stack:
        descriptors = tuple(stack.enter_context(_in_memory(one.password)) for one in specs)
        environment = {
            **_merged_environment(specs),
            "RESTIC_CACHE_DIR": str(cache_folder),
            "RESTIC_PROGRESS_FPS": "1",
            "GOGC": "200",  # fewer collections for some more memory: a tenth of the time of a store
        }
        for prefix, one, descriptor in zip(("", "FROM_"), specs, descriptors, strict=False):
            environment[f"RESTIC_{prefix}REPOSITORY"] = one.location
            environment[f"RESTIC_{prefix}PASSWORD_FILE"] = f"/proc/self/fd/{descriptor}"
        ssh_log = stack.enter_context(_ssh_log(specs))
        argv = ("restic", *_ssh_option(specs, ssh_log), *arguments)
        yield Call(argv, environment, descriptors, ssh_log)


@contextmanager
def _ssh_log(specs: Sequence[RepositorySpec]) -> Iterator[Path | None]:
    """Yield an empty file of this one call for ssh; None when no side is reached by it."""
    if not any(locations.by_ssh(spec.location) for spec in specs):
        yield None
        return
    with tempfile.NamedTemporaryFile(prefix="pulih-ssh-") as log:
        yield Path(log.name)


@contextmanager
def _in_memory(secret: str) -> Iterator[int]:
    """Yield a descriptor of a nameless file with the secret: no disk sees it, no kill leaves it."""
    descriptor = os.memfd_create("secret")
    try:
        os.write(descriptor, secret.encode())
        yield descriptor
    finally:
        os.close(descriptor)


def _merged_environment(specs: Sequence[RepositorySpec]) -> dict[str, str]:
    """Return both sides' access keys; refuse when one restic could not hold them apart."""
    merged: dict[str, str] = {}
    for spec in specs:
        for name, value in spec.environment.items():
            if merged.setdefault(name, value) != value:
                raise RepositoryError(
                    f"The two vaults need different values of {name} at once.",
                    advice="Give both vaults the same access keys, or keep one of them on a disk.",
                )
    return merged


def _ssh_option(specs: Sequence[RepositorySpec], log: Path | None) -> tuple[str, ...]:
    """Return the option that reaches sftp; restic has one for both sides, so they must agree."""
    if log is None:
        return ()
    far = [spec for spec in specs if locations.by_ssh(spec.location)]
    commands = {locations.ssh_command(spec.location, spec.environment, log) for spec in far}
    if len(commands) > 1:
        raise RepositoryError(
            "restic cannot copy between two different SSH hosts at once.",
            advice="Keep one of the two vaults on a disk of this machine.",
        )
    return tuple(f"--option={_csv(f'sftp.command={command}')}" for command in commands)


def _csv(value: str) -> str:
    """Return the value in quotes: restic reads its options as comma-separated values."""
    return '"' + value.replace('"', '""') + '"'
