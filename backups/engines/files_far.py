"""A folder on another machine, reached over SSH: the hands are carried there, and files brought.

The account needs a shell, python3 and rsync there. What it may not do is told by the survey. A
connection that is cut leaves the hands at their work: they end what they began, and whoever comes
after waits for them (files_hands). As an ordinary user this portal knows no owners (files_mirror):
then what root writes there becomes live's owner's, and what others write, their own.
"""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from backups.engines import files_carrier, files_hands, files_moves, files_names, files_swap
from backups.engines.files_mirror import Meter, Remote, is_root
from backups.engines.files_mirror_errors import because_of_ssh, why_not_brought
from backups.engines.files_names import encode_name
from backups.errors import BackupError, SourceRefused, SourceUnreachable
from backups.process import HOUR, Finished, find_tool, run
from backups.specs import SourceSpec, Told, Watch

LONGEST = 48 * HOUR
CARRIED = (files_names, files_moves, files_swap, files_hands)
SENT = (
    "--archive",
    "--hard-links",
    "--acls",
    "--xattrs",
    "--filter=-x! user.*",
    "--numeric-ids",
    "--sparse",
    "--info=progress2",
    "--no-human-readable",
    "--outbuf=L",
)
_KILLED = 128  # and more: ssh's own 255, or a shell telling that the hands were killed
_NO_PYTHON = 127  # the shell's exit code for a program that is not there


class FarRefusal(BackupError):
    """The account may not do there what a restore needs. `told` says what is missing."""

    permanent = True

    def __init__(self, spec: SourceSpec, told: Told) -> None:
        super().__init__(f"{spec.name}: {spec.ssh} cannot be restored to: {told.code}.")
        self.told = told


def ask(
    spec: SourceSpec, names: Sequence[str] | None, label: str, verb: str, *words: Any
) -> Any:  # fmt: skip
    """Let the hands do one order there (files_hands.answer) and return their answer.

    Raises OSError and ValueError as the hands do, SourceUnreachable when the answer stayed away
    (whether it was done is then for `standing` to say), SourceRefused, FarRefusal.
    """
    remote = Remote.of(spec)
    find_tool("ssh")
    order = (encode_name(os.fsencode(spec.path)), names, label, verb, *words)
    argv = (*remote.ssh(), remote.host, "python3 -I -")
    done = run(argv, timeout=LONGEST, input_from=[_program(order)], keep_all=True)
    told = [line for line in done.stdout.splitlines() if line.startswith(files_carrier.MARK)]
    if not told:
        raise _why(spec, done)
    said = json.loads(told[-1].removeprefix(files_carrier.MARK))
    if "python" in said:
        raise FarRefusal(
            spec, Told("far_python_old", {"host": spec.ssh, "found": said["python"]}, beside=True)
        )
    if "value" in said:
        raise ValueError(said["value"])
    if "errno" in said:
        raise OSError(said["errno"], said["why"], said["name"] or spec.path)
    return said["answer"]


def _program(order: Sequence[Any]) -> bytes:
    """Return the text that the other machine's Python runs: the carrier, our modules, the order."""
    carried = json.dumps(json.dumps([sources(), order]))
    return f"{inspect.getsource(files_carrier)}\n\ndo(*json.loads({carried}))\n".encode()


def sources() -> list[tuple[str, str]]:
    """Return the name and the text of each module that is carried, in the order of their need."""
    empty = [(name, "") for name in ("backups", "backups.engines")]
    return empty + [(module.__name__, inspect.getsource(module)) for module in CARRIED]


def _why(spec: SourceSpec, done: Finished) -> BackupError:
    told = because_of_ssh(spec, done)
    if told:
        return told
    if done.returncode == _NO_PYTHON:
        return FarRefusal(spec, Told("far_tool_missing", {"tool": "python3"}, beside=True))
    begun = files_carrier.BEGUN in done.stdout.splitlines()
    if begun or done.returncode < 0 or done.returncode >= _KILLED:
        return SourceUnreachable(
            f"{spec.name}: {spec.ssh} gave no answer: {done.last_line()}",
            advice="Check that machine and the way to it; what stands there is asked again.",
        )
    return FarRefusal(spec, Told("far_no_shell", {"host": spec.ssh}, beside=True))


def bring(origin: Path, place: SourceSpec, watch: Watch) -> None:
    """Write what stands in the folder `origin` here into the new folder `place` there.

    Raises NoSpace, SourceRefused, SourceUnreachable, ToolMissing, RestoreFailed or Cancelled.
    """
    find_tool("rsync")
    try:
        made = ask(place, None, "", "make")
    except OSError as error:
        raise SourceRefused(f"{place.name}: {place.path}: {error.strerror}.") from error
    meter = Meter(watch)
    argv = Remote.of(place).rsync_to(f"{origin}/", *SENT, *_owned(made["owner"], made["uid"]))
    done = run(argv, timeout=LONGEST, watch=watch, on_line=meter, meter=True)
    if not done.ok:
        raise why_not_brought(place, done)


def _owned(owner: Sequence[int], uid: int) -> tuple[str, ...]:
    """Return how rsync gives owners: as they are, live's own, or none."""
    if is_root():
        return ()
    given = ("--owner", "--group", f"--chown={owner[0]}:{owner[1]}")
    return given if uid == 0 else ("--no-owner", "--no-group")
