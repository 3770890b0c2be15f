"""The rows of a comparison: looked at, taken along, picked. They hold people's data.

Whoever opens them leaves an event in the trail: that they did, never what stands in them.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from backups.catalogue.differences import RowsPage, lines_of, page_of_rows, pick_rows, rows_path
from backups.errors import BackupError
from backups.forms import ROW_VERDICTS, RowsForm
from backups.models import ComparedObject, RowPick
from backups.rowsfile import RowLine
from backups.rowsfilter import RowFilter, told
from backups.views.access import may
from portal.accounts.access import person, requires
from portal.accounts.models import Role
from portal.audit.record import record
from portal.lib import clock
from portal.lib.marks import Mark

ROWS = 50  # in one page
LONGEST_CELL = 160
CHANGED_FILE = gettext_lazy(
    "Berkas perbandingan ini hilang atau bukan lagi yang ditulis. Bandingkan lagi."
)
MOST_DIGITS = 9
VERDICTS = dict(ROW_VERDICTS)
MARKS = {"missing": Mark.FAILED, "changed": Mark.ATTENTION, "extra": Mark.NONE}

witnesses = requires(Role.ANALYST, Role.APPROVER, Role.AUDITOR)
pickers = requires(Role.ANALYST)


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a row as the page shows it: what the night has, and what live has instead."""

    backup: str | None
    live: str | None
    differs: bool
    is_key: bool


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One row that differs, in the words of its table."""

    mark: Mark
    word: str
    cells: list[Cell]
    copies: int


@witnesses
@require_GET
def rows(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Show the rows of one table that differ, or those that a filter takes of them."""
    compared = _compared(pk, number)
    form = RowsForm(compared, request.GET)
    wanted = form.wanted()
    start = _start(request.GET.get("mulai", ""))
    page: RowsPage | None = None
    trouble = ""
    if rows_path(compared):
        try:
            page = page_of_rows(compared, wanted, start, ROWS)
        except BackupError:
            trouble = str(CHANGED_FILE)
        _opened(request, compared, "rows.read")
    context = {
        "now": clock.now(),
        "compared": compared,
        "comparison": compared.comparison,
        "form": form,
        "wanted": wanted,
        "page": page,
        "trouble": trouble,
        "shown": [_shown(compared, row) for row in page.rows] if page else [],
        "window": _window(request, start, page.total if page else 0),
        "may_pick": may(request, pick),
    }
    return render(request, "staf/perbandingan-baris.html", context)


def _compared(pk: int, number: int) -> ComparedObject:
    objects = ComparedObject.objects.select_related("comparison__source", "comparison__snapshot")
    return get_object_or_404(objects, pk=number, comparison=pk)


def _start(given: str) -> int:
    return int(given) if given.isascii() and given.isdigit() and len(given) <= MOST_DIGITS else 0


def _window(request: HttpRequest, start: int, total: int) -> dict[str, object]:
    """Return where this page stands among the rows, and the addresses of those around it."""
    query = request.GET.copy()
    query.pop("mulai", None)
    return {
        "first": start + 1,
        "last": min(start + ROWS, total),
        "earlier": f"{query.urlencode()}&mulai={max(0, start - ROWS)}" if start else "",
        "later": f"{query.urlencode()}&mulai={start + ROWS}" if start + ROWS < total else "",
    }


def _shown(compared: ComparedObject, row: RowLine) -> ShownRow:
    cells = [_cell(compared, row, name) for name in compared.columns]
    return ShownRow(MARKS[row.verdict], str(VERDICTS[row.verdict]), cells, row.copies)


def _cell(compared: ComparedObject, row: RowLine, name: str) -> Cell:
    backup = _short(row.backup[name]) if row.backup else None
    live = _short(row.live[name]) if row.live else None
    return Cell(backup, live, name in row.columns, name in compared.key)


def _short(cell: object) -> str:
    word = told(cell)
    return word if len(word) <= LONGEST_CELL else f"{word[:LONGEST_CELL]}…"


def _opened(request: HttpRequest, compared: ComparedObject, verb: str) -> None:
    facts = {"table": compared.name, "sha256": compared.file_sha256}
    with transaction.atomic():
        record(verb, actor=person(request), subject=compared.comparison, facts=facts)


@witnesses
@require_GET
def rows_file(request: HttpRequest, pk: int, number: int) -> HttpResponseBase:
    """Give the whole difference of one table as a file; that it was taken along is an event."""
    compared = _compared(pk, number)
    path = rows_path(compared)
    if path is None or not path.exists():
        raise Http404
    _opened(request, compared, "rows.taken")
    answer = StreamingHttpResponse(path.open("rb"), content_type="application/x-ndjson")
    answer["Content-Length"] = str(compared.file_bytes)
    answer["Content-Disposition"] = f'attachment; filename="perbandingan-{pk}-{number}.jsonl"'
    return answer


@pickers
@require_POST
def pick(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Keep the rows that the filter takes as a pick that a restore can carry."""
    compared = _compared(pk, number)
    form = RowsForm(compared, request.POST)
    if not form.is_valid():
        messages.warning(request, _("Saringan itu tidak terbaca; tidak ada yang dipilih."))
        return redirect(compared)
    try:
        made = pick_rows(compared, form.wanted(), person(request), clock.now())
    except BackupError:
        messages.warning(request, _("Tidak ada baris yang cocok, jadi tidak ada yang dipilih."))
        return redirect(compared)
    return redirect(made)


@witnesses
@require_GET
def picked(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a pick: its rows, their count, the hash of what a restore would write."""
    made = get_object_or_404(RowPick.objects.select_related("compared__comparison__source"), pk=pk)
    start = _start(request.GET.get("mulai", ""))
    page: RowsPage | None = None
    trouble = ""
    try:
        page = page_of_rows(made.compared, RowFilter.of(made.filter), start, ROWS)
    except BackupError:
        trouble = str(CHANGED_FILE)
    _opened(request, made.compared, "rows.read")
    context = {
        "now": clock.now(),
        "pick": made,
        "compared": made.compared,
        "comparison": made.compared.comparison,
        "trouble": trouble,
        "shown": [_shown(made.compared, row) for row in page.rows] if page else [],
        "window": _window(request, start, made.total),
    }
    return render(request, "staf/pilihan-baris.html", context)


@witnesses
@require_GET
def pick_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Give a pick as its rows file, for `manage.py restore --rows`."""
    made = get_object_or_404(RowPick.objects.select_related("compared__comparison"), pk=pk)
    _opened(request, made.compared, "rows.taken")
    answer = StreamingHttpResponse(lines_of(made), content_type="application/x-ndjson")
    answer["Content-Disposition"] = f'attachment; filename="pilihan-{pk}.jsonl"'
    return answer
