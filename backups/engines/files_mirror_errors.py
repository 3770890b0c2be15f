"""What rsync and ssh say when they fail, told in the family of backups.errors.

Exit codes: rsync(1), "EXIT VALUES"; 255 is ssh's own.
"""

from __future__ import annotations

import re

from backups.errors import (
    BackupError,
    DumpFailed,
    NoSpace,
    RestoreFailed,
    SourceRefused,
    SourceUnreachable,
    ToolMissing,
)
from backups.process import Finished
from backups.specs import SourceSpec

PARTIAL = 23
NOT_REACHED = {10, 12, 30, 35, 255}
_NO_FOLDER = re.compile(r"change_dir .* failed: No such file or directory")
_NO_RSYNC = re.compile(r"rsync: (command not found|not found|No such file or directory)")
_NO_LOGIN = re.compile(r"Permission denied \([a-z]|Too many authentication failures")


def why(spec: SourceSpec, done: Finished) -> BackupError:
    """Return the error that tells how rsync ended on this source."""
    return because_of_ssh(spec, done) or _because_of_files(spec, done)


def why_not_brought(spec: SourceSpec, done: Finished) -> BackupError:
    """Return the error that tells how rsync ended that wrote to the source's machine."""
    if told := because_of_ssh(spec, done):
        return told
    said = _first_line(done)
    if "No space left on device" in done.stderr or "Disk quota exceeded" in done.stderr:
        return NoSpace(f"{spec.name}: the disk of {spec.ssh} is full: {said}")
    if done.returncode == PARTIAL:
        return SourceRefused(
            f"{spec.name}: not everything could be written on {spec.ssh}: {said}",
            advice="Give that user the right to write there, then order the restore again.",
        )
    if done.returncode in NOT_REACHED:
        return SourceUnreachable(f"{spec.name}: {spec.ssh} does not answer: {said}")
    return RestoreFailed(f"{spec.name}: rsync ended with {done.returncode}: {said}")


def because_of_ssh(spec: SourceSpec, done: Finished) -> BackupError | None:
    """Return what ssh itself, or a missing rsync, had to say; None when they are not to blame."""
    if "Host key verification failed" in done.stderr:
        return SourceRefused(
            f"{spec.name}: {spec.ssh} shows another host key than the one that is known.",
            advice="Ask its administrator. Only if the server was set up anew, remove the old key "
            f"from the known_hosts beside {spec.ssh_key_file or 'the SSH key'}.",
        )
    if _NO_LOGIN.search(done.stderr):
        return SourceRefused(
            f"{spec.name}: {spec.ssh} does not let our SSH key in.",
            advice=f"Add {spec.ssh_key_file}.pub to authorized_keys of that user.",
        )
    if _NO_RSYNC.search(done.stderr):
        return ToolMissing(
            f"{spec.name}: rsync is not installed on {spec.ssh}.",
            advice="Install the package rsync on that server.",
        )
    return None


def _because_of_files(spec: SourceSpec, done: Finished) -> BackupError:
    said = _first_line(done)
    if "No space left on device" in done.stderr:
        return NoSpace(f"{spec.name}: the disk of its mirror is full: {said}")
    if _NO_FOLDER.search(done.stderr):
        return SourceUnreachable(f"{spec.name}: there is no folder {spec.path} on {spec.ssh}.")
    if done.returncode == PARTIAL:
        return SourceRefused(
            f"{spec.name}: not everything on {spec.ssh} may be read: {said}",
            advice="Give that user the right to read it, or exclude it.",
        )
    if done.returncode in NOT_REACHED:
        return SourceUnreachable(f"{spec.name}: {spec.ssh} does not answer: {said}")
    return DumpFailed(f"{spec.name}: rsync ended with {done.returncode}: {said}")


def _first_line(done: Finished) -> str:
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return lines[0] if lines else f"exit code {done.returncode}"
