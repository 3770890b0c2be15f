"""The pages of comparisons: ordering one, following it, its objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from backups.explanations import explain
from backups.forms import ComparisonForm
from backups.kinds import KINDS
from backups.models import (
    ComparedObject,
    Comparison,
    ComparisonPhase,
    EngineKind,
    JobState,
    ObjectVerdict,
    Source,
)
from backups.orders import cancel, order_comparison
from backups.views.access import may, operators, staff
from backups.views.row_differences import rows
from backups.views.running import so_far_words
from backups.views.steps import Step, state_of
from portal.accounts.access import person
from portal.lib import clock
from portal.lib.marks import Mark

OBJECTS = 100  # in one page
LATEST = 30
TABLES_FIRST = Case(When(kind="table", then=0), default=1)
MARKS = {
    ObjectVerdict.MISSING: Mark.FAILED,
    ObjectVerdict.CHANGED: Mark.ATTENTION,
    ObjectVerdict.EXTRA: Mark.NONE,
    ObjectVerdict.SAME: Mark.GOOD,
}
WHAT = {
    ComparisonPhase.DIGEST: gettext_lazy("Setiap objek dibaca dan dihitung; tidak ada yang diubah"),
    ComparisonPhase.FETCH: gettext_lazy("Hanya bagian yang diperlukan"),
    ComparisonPhase.LOAD: gettext_lazy("Server sementara tanpa jaringan, dihapus sesudahnya"),
    ComparisonPhase.ROWS: gettext_lazy("Kedua sisi berurutan menurut kunci"),
}


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """One compared object with its mark."""

    object: ComparedObject
    mark: Mark

    @property
    def kind(self) -> str:
        """What it is, in words."""
        return str(KINDS.get(self.object.kind, self.object.kind))


@staff
def comparisons(request: HttpRequest) -> HttpResponse:
    """List the latest comparisons, and the sources that may be compared."""
    latest = Comparison.objects.select_related("source", "snapshot", "ordered_by")[:LATEST]
    context = {
        "now": clock.now(),
        "latest": latest,
        "sources": Source.objects.kept().filter(snapshots__isnull=False).distinct(),
        "may_operate": may(request, compare),
    }
    return render(request, "staf/perbandingan-semua.html", context)


@operators
def compare(request: HttpRequest, key: str) -> HttpResponse:
    """Ask which night and what of it; order the comparison and show it."""
    source = get_object_or_404(Source.objects.kept(), key=key)
    asked: dict[str, Any] = {"names": request.GET.get("nama", ""), "down_to_rows": True}
    if night := request.GET.get("malam"):
        asked["night"] = night
    form = ComparisonForm(source, request.POST or None, initial=asked)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        files = source.engine == EngineKind.FILES
        ordered = order_comparison(
            given["night"],
            person(request),
            clock.now(),
            tables=() if files else given["names"],
            paths=given["names"] if files else (),
            down_to_rows=bool(given.get("down_to_rows")),
        )
        return redirect(ordered)
    return render(request, "staf/bandingkan.html", {"source": source, "form": form})


@staff
def comparison(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one comparison: its progress, then a verdict for each object."""
    found = get_object_or_404(Comparison.objects.select_related("source", "snapshot"), pk=pk)
    verdict = request.GET.get("hasil", "")
    objects = found.compared.order_by(TABLES_FIRST, "kind", "name")
    if verdict in ObjectVerdict.values:
        objects = objects.filter(verdict=verdict)
    elif verdict != "semua":
        objects = objects.exclude(verdict=ObjectVerdict.SAME)
    page = Paginator(objects, OBJECTS).get_page(request.GET.get("hal"))
    context = {
        "now": clock.now(),
        "comparison": found,
        "steps": _steps(found),
        "failed": explain(found.error_kind) if found.error_kind else None,
        "tabs": _tabs(found, verdict),
        "page": page,
        "rows": [ObjectRow(each, MARKS[ObjectVerdict(each.verdict)]) for each in page.object_list],
        "address": f"hasil={verdict}",
        "may_operate": may(request, cancel_comparison),
        "may_read_rows": may(request, rows),
    }
    return render(request, "staf/perbandingan.html", context)


def _tabs(found: Comparison, verdict: str) -> list[dict[str, Any]]:
    """Return the kinds of result with their counts; what differs comes first."""
    counts = {value: getattr(found, f"objects_{value}") for value in ObjectVerdict.values}
    differing = sum(counts.values()) - counts[ObjectVerdict.SAME]
    tabs = [("", _("Berbeda"), differing)]
    tabs += [(value, str(ObjectVerdict(value).label), counts[value]) for value in counts]
    return [
        {"value": value, "word": word, "count": count, "here": value == verdict}
        for value, word, count in tabs
    ]


def _steps(found: Comparison) -> list[Step]:
    """Return the comparison's steps with where it stands; none before it begins."""
    phases = list(ComparisonPhase)
    at = phases.index(ComparisonPhase(found.phase)) if found.phase in phases else None
    steps = [
        Step(str(phase.label), str(WHAT[phase]), state_of(found, i, at))
        for i, phase in enumerate(phases)
    ]
    if found.state == JobState.RUNNING and at is not None:
        steps[at].so_far = so_far_words(found)
    return steps


@operators
@require_POST
def cancel_comparison(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the comparison to stop; it has changed nothing."""
    found = get_object_or_404(Comparison, pk=pk)
    if cancel(found, clock.now()):
        messages.success(request, _("Pembatalan diminta; tidak ada yang berubah."))
    else:
        messages.warning(request, _("Perbandingan ini sudah selesai."))
    return redirect(found)
