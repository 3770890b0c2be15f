"""Who opens the records' pages, and what they have in common."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from portal.accounts.access import person, requires
from portal.accounts.models import Role
from tickets.models import BeritaAcara

readers = requires(Role.FRONT_DESK, Role.ANALYST, Role.APPROVER, Role.AUDITOR)
writers = requires(Role.FRONT_DESK, Role.ANALYST)
keepers = requires(Role.FRONT_DESK, Role.ANALYST, Role.APPROVER)


def record_of(request: HttpRequest, pk: int) -> BeritaAcara:
    """Return a record that this person may read; raise Http404 for every other."""
    found = BeritaAcara.objects.visible_to(person(request)).filter(pk=pk)
    record = found.select_related("ticket", "made_by", "cancelled_by", "replaces").first()
    if record is None:
        raise Http404(_("Tidak ada berita acara ini."))
    return record
