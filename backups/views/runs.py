"""The pages of nights: all of a source's, one of them live, and its cancel button."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backups.explanations import explain
from backups.models import BackupRun, Copy, CopyState, Source
from backups.orders import cancel
from backups.views.access import may, operators, staff
from backups.views.nightly import mark_for, rows_of, runs_of
from backups.views.running import work_on
from backups.views.standing import COPY_MARKS
from backups.views.steps import steps_of
from portal.lib import clock
from portal.lib.marks import Mark

ROWS = 40  # nights in one page of the table
LOG_LINES = 12  # of the run's log, the last ones


@dataclass(frozen=True, slots=True)
class CopyRow:
    """One copy of a night with its mark."""

    copy: Copy
    mark: Mark

    @property
    def word(self) -> str:
        """How the copy stands."""
        return self.copy.get_state_display()


@staff
def nights(request: HttpRequest, key: str) -> HttpResponse:
    """Show all nights of a source as a table: what the year's picture shows, in figures."""
    source = get_object_or_404(Source, key=key)
    page = Paginator(runs_of(source), ROWS).get_page(request.GET.get("hal"))
    context = {"source": source, "page": page, "rows": rows_of(list(page.object_list))}
    return render(request, "staf/malam-malam.html", context)


@staff
def night(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Show one run: its steps with the bar of the present one, its copies, its log."""
    source = get_object_or_404(Source, key=key)
    run = get_object_or_404(runs_of(source), pk=pk)
    failed = explain(run.error_kind) if run.error_kind else None
    context = {
        "now": clock.now(),
        "source": source,
        "run": run,
        "snapshot": getattr(run, "snapshot", None),
        "mark": mark_for(run),
        "steps": steps_of(run),
        "copies": _copies(run),
        "failed": failed,
        "log": "\n".join(run.log.splitlines()[-LOG_LINES:]),
        "work": [work for work in work_on(source) if work.job != run],
        "may_operate": may(request, cancel_run),
    }
    return render(request, "staf/malam.html", context)


def _copies(run: BackupRun) -> list[CopyRow]:
    """Return the copies of what the run stored, the local one first."""
    copies = Copy.objects.filter(snapshot__run=run).select_related("repository__vault")
    ordered = copies.order_by("repository__vault__role", "repository__vault__name")
    return [CopyRow(copy, COPY_MARKS[CopyState(copy.state)]) for copy in ordered]


@operators
@require_POST
def cancel_run(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Ask the run to stop; nothing of it will count."""
    run = get_object_or_404(BackupRun, source__key=key, pk=pk)
    if cancel(run, clock.now()):
        messages.success(request, _("Pembatalan diminta; salinan yang sudah ada tidak berubah."))
    else:
        messages.warning(request, _("Pekerjaan ini sudah selesai; tidak ada yang dibatalkan."))
    return redirect(run)
