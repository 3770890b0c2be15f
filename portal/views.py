"""The shell's own pages: the landing page, the living style page, the tab's icon."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.i18n import set_language

from backups.models import InformationSystem
from portal.accounts.access import open_to_all, requires
from portal.accounts.models import STAFF_ROLES
from portal.gallery import samples
from portal.lib import clock

MOST_COUNTED = 9  # the tab's icon has room for one digit


@open_to_all
def landing(request: HttpRequest) -> HttpResponse:
    """Say what to do now and where to turn, and which systems are looked after.

    The public sees nothing of nights and ages (interface); whether a system can be reached is
    not probed yet, so the page does not pretend to know.
    """
    return render(request, "beranda.html", {"systems": InformationSystem.objects.all()})


choose_language = open_to_all(set_language)


@requires(*STAFF_ROLES)
def style(request: HttpRequest) -> HttpResponse:
    """Show each component of the design system in every state."""
    return render(request, "staf/gaya.html", samples(clock.now()))


@open_to_all
@cache_control(public=True, max_age=31536000, immutable=True)
def tab_icon(request: HttpRequest, count: int) -> HttpResponse:
    """Draw the tab's icon with the count of what is red on it."""
    word = str(count) if count <= MOST_COUNTED else f"{MOST_COUNTED}+"
    return render(request, "ikon.svg", {"word": word}, content_type="image/svg+xml")
