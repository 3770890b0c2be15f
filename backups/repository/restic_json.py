"""What restic says, read into values: pure, for the words of 0.14 up to 0.18 alike.

Lines are judged one by one and unknown ones passed over, for each release adds some. 0.14 says
many things in text that later releases say in JSON; both are read here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from backups.errors import (
    BackupError,
    NoSpace,
    RepositoryDamaged,
    RepositoryError,
    RepositoryLocked,
    RepositoryMissing,
    WrongRepositoryPassword,
)
from backups.specs import StoredSnapshot

UNREADABLE_SOURCES = 3
BY_SSH = "subprocess ssh:"  # what restic puts before the words of the ssh that it started
NO_REPOSITORY, LOCKED, WRONG_PASSWORD = 10, 11, 12  # exit codes since restic 0.17
FULL_ID = re.compile(r"[0-9a-f]{64}")

_VERSION = re.compile(r"restic (\d+)\.(\d+)\.(\d+)")
_METER = re.compile(r"\[\d+(?::\d+)+\]\s+[\d.]+%\s+(\d+) / (\d+) \w+")
_PACK = re.compile(r"\bpack (?:ID does not match, want )?([0-9a-f]{64})", re.IGNORECASE)
_SAYS_NOTHING = re.compile(r"retrying after|There were \d+ errors")
_MEANINGS: tuple[tuple[type[BackupError], int | None, re.Pattern[str]], ...] = (
    (WrongRepositoryPassword, WRONG_PASSWORD, re.compile("wrong password or no key found")),
    (
        RepositoryMissing,
        NO_REPOSITORY,
        re.compile(
            r"unable to open config file: .*"
            r"(no such file or directory|does not exist|not found|NoSuch\w+)\W*$",
            re.MULTILINE,
        ),
    ),
    (RepositoryLocked, LOCKED, re.compile("is already locked")),
    (NoSpace, None, re.compile("no space left|quota exceeded|file too large|507 Insufficient")),
    (
        RepositoryDamaged,
        None,
        re.compile(
            "repository contains errors|ciphertext verification failed|config file has zero size"
            "|hash mismatch|hash does not match|unexpected pack id|invalid data returned"
            "|not found in (repository|index)|Pack ID does not match"
            r"|(Load\(<|StreamPack).*(no such file|not exist|not found|too small)",
            re.IGNORECASE,
        ),
    ),
)
_SENTENCES: dict[type[BackupError], str] = {
    WrongRepositoryPassword: "the repository does not open with the password kept for it",
    RepositoryMissing: "there is no repository",
    RepositoryLocked: "another process holds the repository",
    NoSpace: "a disk is full",
    RepositoryDamaged: "the repository is damaged",
}


@dataclass(frozen=True, slots=True)
class Summary:
    """The end of `restic backup`. The id is 8 digits before restic 0.15, 64 since.

    `bytes_added` is what it cost on disk, after compression; None from releases that do not say.
    """

    snapshot_id: str
    bytes_read: int
    bytes_added: int | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A snapshot of `restic snapshots`, and the id of the one that it is a copy of."""

    snapshot: StoredSnapshot
    original: str


def version(text: str) -> tuple[int, int, int] | None:
    """Return the release out of the line of `restic version`."""
    found = _VERSION.search(text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def progress(line: str) -> tuple[int, int | None] | None:
    """Return (done, total) of a status line: bytes out of JSON, packs out of a text meter."""
    if meter := _METER.match(line):
        return int(meter[1]), int(meter[2])
    message = _message(line)
    if message.get("message_type") != "status":
        return None
    done = message.get("bytes_done", message.get("bytes_restored", 0))
    return int(done), message.get("total_bytes")


def summary(stdout: str) -> Summary | None:
    """Return the summary of a backup; None when there is none or it made no snapshot."""
    for message in map(_message, reversed(stdout.splitlines())):
        if message.get("message_type") == "summary" and message.get("snapshot_id"):
            return Summary(
                snapshot_id=str(message["snapshot_id"]),
                bytes_read=int(message.get("total_bytes_processed", 0)),
                bytes_added=message.get("data_added_packed"),
            )
    return None


def snapshots(stdout: str) -> list[Listed]:
    """Return the snapshots that `restic snapshots --json` lists, oldest first."""
    listed = [_listed(entry) for entry in orjson.loads(stdout or "[]") or []]
    return sorted(listed, key=lambda entry: entry.snapshot.taken_at)


def unreadable(stderr: str) -> list[str]:
    """Return the sources that a backup could not read, each with its reason."""
    errors = (message for message in _messages(stderr) if message.get("message_type") == "error")
    return [f"{message.get('item', '?')}: {_reason_of(message.get('error'))}" for message in errors]


def damaged_packs(text: str) -> list[str]:
    """Return the ids of the packs that a check found damaged or missing."""
    return sorted(set(_PACK.findall(text)))


def holders(stdout: str) -> set[str]:
    """Return the short ids of the snapshots that `restic find --pack` names."""
    return set(re.findall(r"in snapshot ([0-9a-f]{8})", stdout))


def ignored(stderr: str) -> list[str]:
    """Return the snapshot ids that restic did not know; it ends with 0 all the same."""
    return re.findall(r'Ignoring "([0-9a-f]+)"', stderr)


def failure(returncode: int, stderr: str, doing: str) -> BackupError:
    """Return the error for a restic that ended badly while `doing` something somewhere."""
    text = "\n".join(_plain_lines(stderr))
    kind = kind_of(returncode, text)
    if kind is RepositoryDamaged and (packs := damaged_packs(text)):
        named = ", ".join(packs[:5]) + (", …" if packs[5:] else "")
        damaged = RepositoryDamaged(f"{doing} failed: {len(packs)} packs are damaged: {named}.")
        damaged.packs = tuple(packs)
        return damaged
    if returncode < 0:
        return RepositoryError(f"{doing} failed: restic was killed by signal {-returncode}.")
    sentence = _SENTENCES.get(kind)
    reason = _reason(text) or f"restic ended with {returncode}"
    return kind(
        f"{doing} failed: {sentence} ({reason})." if sentence else f"{doing} failed: {reason}."
    )


def kind_of(returncode: int, stderr: str) -> type[BackupError]:
    """Return which error of our family the end of restic stands for."""
    for kind, code, words in _MEANINGS:
        if returncode == code or words.search(stderr):
            return kind
    return RepositoryError


def _reason(text: str) -> str:
    """Return the line that tells most: what ssh said, else the fatal line, else the first."""
    lines = [line.strip() for line in text.splitlines() if not _SAYS_NOTHING.search(line)]
    for start in (BY_SSH, "Fatal:", ""):
        for line in lines:
            if line.startswith(start) and line:
                return line.removeprefix(start).strip().rstrip(".")
    return ""


def _plain_lines(stderr: str) -> Iterator[str]:
    """Yield what stderr says in plain words, whether it came as text or wrapped in JSON."""
    for line in stderr.splitlines():
        message = _message(line)
        if not message:
            yield line
        elif "item" in message:
            yield f"{message['item']}: {_reason_of(message.get('error'))}"
        else:
            yield from str(message.get("message", "")).splitlines()


def _messages(text: str) -> Iterator[dict[str, Any]]:
    return (message for message in map(_message, text.splitlines()) if message)


def _message(line: str) -> dict[str, Any]:
    """Return the JSON object on this line, or nothing when there is none."""
    if not line.startswith("{"):
        return {}
    try:
        message = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}
    return message if isinstance(message, dict) else {}


def _reason_of(error: Any) -> str:
    """Return an error's words: 0.14 gives Go's own structure with an errno, 0.17 a message."""
    if not isinstance(error, dict):
        return str(error or "could not be read")
    if "message" in error:
        return str(error["message"])
    number = error.get("Err")
    return os.strerror(number) if isinstance(number, int) else "could not be read"


def _listed(entry: dict[str, Any]) -> Listed:
    snapshot = StoredSnapshot(
        id=entry["id"],
        tree=entry["tree"],
        taken_at=datetime.fromisoformat(entry["time"]).astimezone(UTC),
        tags=tuple(entry.get("tags") or ()),
        paths=tuple(entry.get("paths") or ()),
    )
    return Listed(snapshot, entry.get("original", ""))
