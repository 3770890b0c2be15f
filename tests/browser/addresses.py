"""The portal's addresses, and pages that only a fault shows."""

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.csrf import csrf_failure

from portal.accounts.access import open_to_all
from portal.urls import urlpatterns as every


def broken(_request: HttpRequest) -> HttpResponse:
    raise RuntimeError("as it would be with a fault of ours")


def garbled(_request: HttpRequest) -> HttpResponse:
    raise BadRequest("as it would be of a broken program")


def too_often(request: HttpRequest) -> HttpResponse:
    return render(request, "429.html", status=429)


urlpatterns = [
    path("uji/400/", open_to_all(garbled)),
    path("uji/429/", open_to_all(too_often)),
    path("uji/500/", open_to_all(broken)),
    path("uji/csrf/", open_to_all(csrf_failure)),
    *every,
]
