"""The shell's own pages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.accounts.access import open_to_all


@open_to_all
def landing(request: HttpRequest) -> HttpResponse:
    """Say whether systems can be reached, what to do now, and where to report."""
    return render(request, "beranda.html")
