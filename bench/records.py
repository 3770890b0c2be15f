"""The quality records: from press to PDF, a year's register, anybody's check, the trail's walk."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from statistics import median

from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from backups.models import InformationSystem
from bench.fill import write_many
from bench.measure import forget_peak, peak_megabytes, seconds_of
from portal.accounts.models import Role, RoleGrant, User
from portal.audit import triggers
from portal.audit.chain import Anchor, Link, canonical, seal
from portal.audit.models import LINK_COLUMNS, AuditEvent
from portal.audit.record import head
from portal.audit.verify import verify
from portal.demo.history_cases import write_cases
from portal.lib import clock
from tickets import issuing
from tickets.actions import recording
from tickets.models import BeritaAcara, RecordState, Ticket
from tickets.records import register

CASES, PAPERS = 1000, 1000
ISSUED, CHECKED = 7, 50
EVENTS = int(os.environ.get("BENCH_EVENTS", "1000000"))
BATCH = 20_000
OK = 200


def figures(_folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (what, measured, aim) for each page and for the walk."""
    now = clock.now()
    staff = User.objects.create_user("layanan", "layanan@bench.example", full_name="Sekar")
    RoleGrant.objects.create(user=staff, role=Role.ANALYST)
    for name in ("SIAKAD", "E-learning", "Perpustakaan"):
        InformationSystem.objects.create(name=name, slug=name.lower())
    write_cases(CASES, now - timedelta(days=40), now, by=staff)
    yield from _issuing(staff)
    yield from _pages(staff)
    yield from _walking()


def _issuing(staff: User) -> Iterator[tuple[str, str, str]]:
    tickets = list(Ticket.objects.order_by("pk")[: ISSUED + 1])
    took = [seconds_of(lambda one=one: _issue(one, staff)) for one in tickets]
    yield "a berita acara, from press to PDF", f"{median(took[1:]):.2f} s", "under 2 s"


def _issue(ticket: Ticket, staff: User) -> None:
    draft = recording.draft_for_case(ticket, "found", staff, clock.now())
    recording.order_issue(draft, staff, clock.now())
    issuing.issue(draft.pk, clock.now())


def _pages(staff: User) -> Iterator[tuple[str, str, str]]:
    now, model = clock.now(), BeritaAcara.objects.filter(state=RecordState.ISSUED).first()
    assert model  # noqa: S101 - the scenario before made some
    year = now.astimezone(clock.WIB).year
    BeritaAcara.objects.bulk_create(
        BeritaAcara(
            kind=model.kind,
            ticket=model.ticket,
            state=RecordState.ISSUED,
            made_by=staff,
            made_at=now,
            changed_at=now,
            content=model.content,
            series="BENCH/BPTI",
            year=year,
            ordinal=ordinal,
            number=f"{ordinal:04d}/BENCH/BPTI/{year}",
            issued_at=now,
            stamp=model.stamp,
            sha256=hashlib.sha256(str(ordinal).encode()).hexdigest(),
        )
        for ordinal in range(1, PAPERS + 1)
    )
    client = Client(HTTP_HOST="localhost")
    client.force_login(staff)
    assert client.get(reverse("rekaman")).status_code == OK  # noqa: S101
    found = len(register.rows(register.Asked(year)))
    took = [seconds_of(lambda: client.get(reverse("rekaman"))) for _ in range(5)]
    yield f"the register, a year of {found} records", f"{median(took):.2f} s", "under 1 s"
    public, address = Client(HTTP_HOST="localhost"), reverse("verifikasi", args=[model.code])
    assert public.get(address).status_code == OK  # noqa: S101
    checks = [seconds_of(lambda: public.get(address)) for _ in range(CHECKED)]
    yield "is this paper genuine", f"{median(checks) * 1000:.0f} ms", "under 100 ms"


def _walking() -> Iterator[tuple[str, str, str]]:
    triggers.disarm(connection)  # a million rows at once, not one by one
    last = head()
    for start in range(0, EVENTS, BATCH):
        with transaction.atomic():
            last = _append(last, min(BATCH, EVENTS - start))
    triggers.arm(connection)
    forget_peak()
    before = peak_megabytes()
    took = seconds_of(verify)
    grown = peak_megabytes() - before
    yield f"walking the trail, {EVENTS:,} events", f"{took:.1f} s", "under 60 s"
    yield "its memory beyond the portal's own", f"{grown:.0f} MB", "bounded"


def _append(last: Anchor, count: int) -> Anchor:
    rows, at = [], clock.now()
    sequence, previous = last
    for _ in range(count):
        sequence += 1
        link = Link(
            sequence=sequence,
            at=at,
            verb="bench.happened",
            actor="system:bench",
            user=None,
            person="",
            object_kind="bench",
            object_id=str(sequence),
            object_name=secrets.token_hex(4),
            facts=canonical({"number": sequence, "state": "good"}),
            previous=previous,
        )
        previous = seal(link)
        rows.append(AuditEvent(**dict(zip(LINK_COLUMNS, link, strict=True)), hash=previous))
    write_many(AuditEvent, rows)
    return rows[-1].anchor
