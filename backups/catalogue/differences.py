"""Where the results of comparisons stand, and reading them again: browsed, filtered, picked.

The web tier reads these files and never a vault or a server. They hold people's data, so opening
one is an event of the trail (backups.views.comparisons).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from backups.errors import BackupError, ProofFailed
from backups.models import ComparedObject, Comparison, JobState, ObjectVerdict, RowPick
from backups.rowdiff import Verdict
from backups.rowsfile import RowLine
from backups.rowsfilter import RowFilter, RowsFile
from portal.accounts.models import User
from portal.audit.record import record

BROUGHT_BACK = (str(Verdict.MISSING), str(Verdict.CHANGED))


def comparison_folder(comparison: Comparison) -> Path:
    """Return the folder of a comparison's rows files."""
    return Path(settings.PULIH_COMPARISONS) / str(comparison.pk)


def rows_path(compared: ComparedObject) -> Path | None:
    """Return the file of an object's differing rows; None where no row differs."""
    return Path(settings.PULIH_COMPARISONS) / compared.file if compared.file else None


def rows_file(compared: ComparedObject) -> RowsFile:
    """Return the file of an object's differing rows; raise BackupError when it has none."""
    path = rows_path(compared)
    if path is None:
        raise BackupError(f"No row of {compared.name} differs.")
    return RowsFile(path, compared.file_sha256)


@dataclass(frozen=True, slots=True)
class RowsPage:
    """Some of the rows that a filter takes, and how many it takes of each verdict."""

    rows: list[RowLine]
    counts: Counter[str]

    @property
    def total(self) -> int:
        """All the rows that the filter takes."""
        return self.counts.total()


def page_of_rows(compared: ComparedObject, wanted: RowFilter, start: int, length: int) -> RowsPage:
    """Return `length` of the rows that are meant from the `start`-th on."""
    rows: list[RowLine] = []
    counts: Counter[str] = Counter()
    for at, (row, _) in enumerate(rows_file(compared).taken(wanted)):
        counts[row.verdict] += 1
        if start <= at < start + length:
            rows.append(row)
    return RowsPage(rows, counts)


def pick_rows(
    compared: ComparedObject, wanted: RowFilter, by: User | None, now: datetime
) -> RowPick:
    """Keep which rows are to be brought back, with their count and the hash of their file.

    What is extra on live is removed only where the filter asks for it by name. Raises BackupError
    when nothing fits, or the file is no longer the one that was written.
    """
    if not wanted.verdicts:
        wanted = replace(wanted, verdicts=BROUGHT_BACK)
    counts: Counter[str] = Counter()
    digest = hashlib.sha256()
    for line, verdict in _picked(rows_file(compared), wanted):
        digest.update(line)
        counts[verdict] += bool(verdict)
    if not counts.total():
        raise BackupError("No row fits what was asked for.")
    facts = {"table": compared.name, "rows": counts.total(), "sha256": digest.hexdigest()}
    with transaction.atomic():
        pick = RowPick.objects.create(
            compared=compared,
            filter=wanted.facts(),
            missing=counts["missing"],
            changed=counts["changed"],
            extra=counts["extra"],
            sha256=digest.hexdigest(),
            made_at=now,
            made_by=by,
        )
        record("rows.picked", actor=by or "os:pulih", subject=pick, facts=facts)
    return pick


def _picked(file: RowsFile, wanted: RowFilter) -> Iterator[tuple[bytes, str]]:
    _, head = file.head()
    yield head, ""
    for row, line in file.taken(wanted):
        yield line, row.verdict


def lines_of(pick: RowPick) -> Iterator[bytes]:
    """Yield the lines of a pick's rows file."""
    wanted = RowFilter.of(pick.filter)
    return (line for line, _ in _picked(rows_file(pick.compared), wanted))


def write_pick(pick: RowPick, path: Path) -> None:
    """Write a pick's rows file; raise ProofFailed when it is not what was picked."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for line in lines_of(pick):
            digest.update(line)
            file.write(line)
    if digest.hexdigest() != pick.sha256:
        raise ProofFailed("The picked rows are not those that were picked.", advice="Pick again.")


@dataclass(frozen=True, slots=True)
class TableFinding:
    """One table of a finding, as people are told of it."""

    name: str
    verdict: str
    missing: int | None
    changed: int | None
    extra: int | None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a finished comparison says, for whoever ordered it: figures, and where to look.

    `taken_at` is the night's moment, `live_at` that of what it was compared with; `stood_in` is
    True where that was another night because the source was down. Row counts are None where no
    rows were compared.
    """

    comparison: int
    href: str
    taken_at: datetime
    live_at: datetime | None
    stood_in: bool
    same: int
    changed: int
    missing: int
    extra: int
    rows_missing: int | None
    rows_changed: int | None
    rows_extra: int | None
    differing: tuple[TableFinding, ...]


def finding_of(comparison: Comparison, most: int = 20) -> Finding | None:
    """Return what the comparison found, `most` of its objects named; None before its good end."""
    if comparison.state != JobState.GOOD:
        return None
    differing = comparison.compared.exclude(verdict=ObjectVerdict.SAME)[:most]
    return Finding(
        comparison=comparison.pk,
        href=comparison.get_absolute_url(),
        taken_at=comparison.snapshot.taken_at,
        live_at=comparison.live_at,
        stood_in=comparison.against_id is not None,
        same=comparison.objects_same,
        changed=comparison.objects_changed,
        missing=comparison.objects_missing,
        extra=comparison.objects_extra,
        rows_missing=comparison.rows_missing,
        rows_changed=comparison.rows_changed,
        rows_extra=comparison.rows_extra,
        differing=tuple(
            TableFinding(each.name, each.verdict, each.missing, each.changed, each.extra)
            for each in differing
        ),
    )
