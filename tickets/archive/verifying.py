"""Anybody's page: is this paper genuine. It shows nothing that does not stand on the paper."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from portal.accounts.access import open_to_all
from portal.lib.marks import Mark
from tickets.archive.forms import CodeForm
from tickets.models import BeritaAcara
from tickets.records import verification

MARKS = {"valid": Mark.GOOD, "cancelled": Mark.ATTENTION, "replaced": Mark.ATTENTION}


@open_to_all
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for the code that stands on the paper."""
    form = CodeForm(request.GET or None)
    if form.is_valid():
        letters = "".join(sign for sign in form.cleaned_data["kode"].upper() if sign.isalnum())
        return redirect("verifikasi", letters or "-")
    return render(request, "rekaman/periksa.html", {"form": form})


@open_to_all
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """Say whether the record with this code is genuine, and how to compare a PDF with it."""
    record = verification.by_code(code)
    if record is None:
        context = {"form": CodeForm(initial={"kode": code[:20]}), "unknown": code[:20]}
        return render(request, "rekaman/periksa.html", context, status=404)
    status = verification.status_of(record)
    trouble = verification.trouble_of(record)
    context = {
        "record": record,
        "status": status,
        "mark": (Mark.FAILED if trouble else MARKS[status]).value,
        "trouble": trouble,
        "replacement": _replacement(record) if status == "replaced" else None,
    }
    return render(request, "rekaman/keaslian.html", context)


def _replacement(record: BeritaAcara) -> BeritaAcara | None:
    numbered = record.replacements.filter(state__in=["issued", "cancelled"])
    return numbered.order_by("-pk").first()
