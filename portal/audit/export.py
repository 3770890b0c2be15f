"""The trail as rows of a table, for whoever takes it along."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from portal.audit.models import AuditEvent, AuditPerson
from portal.lib.clock import WIB

CHUNK = 2000  # events in memory at a time

Row = tuple[str | int | None, ...]


def rows(events: QuerySet[AuditEvent]) -> Iterator[Row]:
    """Yield a head, then each event with the name of who acted as far as it is still known."""
    yield (
        _("Nomor"),
        _("Waktu (WIB)"),
        _("Peristiwa"),
        _("Sebagai"),
        _("Nomor pengguna"),
        _("Nama"),
        _("Jenis objek"),
        _("Objek"),
        _("Nama objek"),
        _("Fakta"),
        _("Hash"),
    )
    names = {person.commitment: person.full_name for person in AuditPerson.objects.iterator(CHUNK)}
    for event in events.iterator(CHUNK):
        yield (
            event.sequence,
            event.at.astimezone(WIB).isoformat(sep=" ", timespec="seconds"),
            event.verb,
            event.actor,
            event.actor_user,
            names.get(event.person, ""),
            event.object_kind,
            event.object_id,
            event.object_name,
            event.facts_text,
            event.hash,
        )
