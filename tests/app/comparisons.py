"""Made-up comparisons for tests and pictures: a class's grades, some lost, some changed."""

from __future__ import annotations

from datetime import timedelta

from backups.catalogue.differences import comparison_folder
from backups.engines.rows import Column, RowPlan
from backups.models import ComparedObject, Comparison, JobState, Source
from backups.rowdiff import Difference, Verdict
from backups.rowsfile import RowsHead, RowsWriter, row_line
from tests.app.factories import NOW

COLUMNS = ("nim", "kode_mk", "nama", "nilai", "catatan")
PLAN = RowPlan("public.nilai", tuple(Column(name, "text") for name in COLUMNS), ("nim", "kode_mk"))
OBJECTS = (
    ("table", "public.nilai", "changed", 42_112, 42_073, 42, 3, 3),
    ("table", "public.komponen_nilai", "missing", 168, None, 168, 0, 0),
    ("table", "public.nilai_sementara", "extra", None, 17, 0, 0, 17),
    ("table", "public.mahasiswa", "same", 18_240, 18_240, 0, 0, 0),
    ("sequence", "public.nilai_id_seq", "changed", None, None, None, None, None),
)


def comparison(source: Source, state: str = JobState.GOOD, **fields) -> Comparison:
    """Return a comparison of the source with its newest night, with its rows file."""
    made = Comparison.objects.create(
        source=source,
        snapshot=source.snapshots.first(),
        state=state,
        ordered_at=NOW - timedelta(minutes=4),
        started_at=NOW - timedelta(minutes=3),
        finished_at=NOW - timedelta(minutes=2) if state == JobState.GOOD else None,
        live_at=NOW - timedelta(minutes=3),
        objects_same=1,
        objects_changed=2,
        objects_missing=1,
        objects_extra=1,
        rows_missing=210,
        rows_changed=3,
        rows_extra=20,
        **fields,
    )
    if state == JobState.GOOD:
        for facts in OBJECTS:
            _object(made, *facts)
    return made


def grades(made: Comparison) -> ComparedObject:
    """Return the comparison's table of grades."""
    return made.compared.get(name="public.nilai")


def _object(made: Comparison, kind: str, name: str, verdict: str, *counts: int | None) -> None:
    rows_backup, rows_live, missing, changed, extra = counts
    row = ComparedObject.objects.create(
        comparison=made,
        kind=kind,
        name=name,
        verdict=verdict,
        rows_backup=rows_backup,
        rows_live=rows_live,
        missing=missing,
        changed=changed,
        extra=extra,
    )
    if name == PLAN.table:
        _with_rows(made, row)


def _with_rows(made: Comparison, row: ComparedObject) -> None:
    head = RowsHead(
        made.source.key, made.snapshot_id, "0" * 64, PLAN.table, "postgresql", PLAN.key, COLUMNS
    )
    path = comparison_folder(made) / "0001.jsonl"
    with RowsWriter(path, head, most=1000) as writer:
        for number in range(42):
            cells = (f"18010{number:02d}", "STAT1", f"Mahasiswa ke-{number}", "A", None)
            writer.add(row_line(PLAN, Difference(Verdict.MISSING, cells, None), lambda cell: cell))
        for number in range(3):
            key = (f"18020{number:02d}", "STAT1", "Siti Aminah")
            pair = ((*key, "A", "ujian susulan"), (*key, "E", "ujian susulan"))
            changed = Difference(Verdict.CHANGED, *pair, (3,))
            writer.add(row_line(PLAN, changed, lambda cell: cell))
            extra = (f"18030{number:02d}", "STAT1", "Uji coba", "B", "")
            writer.add(row_line(PLAN, Difference(Verdict.EXTRA, None, extra), lambda cell: cell))
    row.key, row.columns = list(PLAN.key), list(COLUMNS)
    row.file, row.file_bytes = f"{made.pk}/{path.name}", writer.size
    row.file_sha256, row.kept_rows = writer.sha256, writer.rows
    row.save()
