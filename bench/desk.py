"""The desk with 100,000 cases and a million lines of timeline, on PostgreSQL.

First each page by itself, at the server: the whole of the web tier but the socket. Then fifty
people at once through gunicorn, started as deploy/pulih-web.service starts it.
"""

from __future__ import annotations

import http.client
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median, quantiles

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from backups.models import InformationSystem
from bench.measure import seconds_of
from portal.accounts.models import Role, RoleGrant, User
from portal.lib import clock
from tickets import addresses
from tickets.actions.drafting import open_draft, save_step
from tickets.actions.filing import file_report
from tickets.models import Entry, Ticket

CASES, LINES_EACH = 100_000, 10
OPEN_ONES = 2_000  # the desk of a busy year; all others have ended
ASKED = 60  # times each page is asked
PEOPLE, EACH = 50, 10
READS = 1, 5  # seconds from one page to the next press, the least and the most
AIM, AIM_AT_ONCE = "p95 under 150 ms", "p95 under 500 ms"
WEB = ("--workers", "3", "--threads", "4", "--no-control-socket")  # deploy/pulih-web.service
WORDS = (
    "nilai", "krs", "presensi", "tugas", "skripsi", "berkas", "jadwal", "surat", "peminjaman",
    "forum", "materi", "ujian", "notulen", "transkrip", "beasiswa", "tagihan",
)  # fmt: skip


def figures(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (what, measured, aim) for each page, and for fifty people at once."""
    people = {role: _person(role) for role in (Role.ANALYST, Role.APPROVER, Role.FRONT_DESK)}
    tracked = _fill(people[Role.ANALYST])
    client = _signed_in(people[Role.ANALYST])
    for name, address in _pages(tracked).items():
        yield f"desk: {name}, {CASES:,} cases", _told(_times(client, address)), AIM
    yield from _at_once(folder, client, tracked)


def _person(role: Role) -> User:
    user = User.objects.create_user(f"bench-{role}", f"{role}@bench.example", section="ADD")
    RoleGrant.objects.create(user=user, role=role)
    return user


def _signed_in(user: User) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    session = client.session  # staff pages want a second factor: say that one was given
    session["account_authentication_methods_user"] = str(user.pk)
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time()}]
    session.save()
    return client


def _fill(analyst: User) -> tuple[Ticket, str]:
    """Make the cases from one that was filed in earnest; return that, and its link's token."""
    InformationSystem.objects.get_or_create(slug="siakad", defaults={"name": "SIAKAD"})
    now = clock.now()
    draft, _ = open_draft(None, now)
    answers = {
        "subject": "Nilai kelas 3B hilang", "lost_data": "Nilai akhir 42 mahasiswa.",
        "happened": "lost", "systems": ["siakad"], "name": "Rahma Dosen",
        "email": "rahma@bench.example",
    }  # fmt: skip
    draft = save_step(draft, "periksa", answers, now)
    filed = file_report(draft, None, now)
    Ticket.objects.filter(pk=filed.ticket.pk).update(confirmed_at=now, assignee=analyst)
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in _statements(filed.ticket.pk, analyst.pk):
            cursor.execute(statement)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    assert Entry.objects.count() >= CASES * LINES_EACH  # noqa: S101 - else nothing is measured
    return filed.ticket, filed.token


def _statements(pk: int, analyst: int) -> list[str]:
    """Return what makes the rows: each case otherwise, as far as pages look at it."""
    words = "ARRAY[" + ",".join(f"'{word}'" for word in WORDS) + "]"
    word = f"({words})[1 + g %% {len(WORDS)}]".replace("%%", "%")
    ended = f"g > {OPEN_ONES}"
    varied = {
        "number": "'DT-2026-' || lpad((500000 + g)::text, 6, '0') || '-' || g % 10",
        "subject": f"{word} || ' minggu ke-' || g % 14 || ' hilang'",
        "state": (
            f"CASE WHEN {ended} THEN 'closed' ELSE (ARRAY['reported', 'received', 'in_analysis',"
            " 'waiting_reporter', 'waiting_approval', 'confirmed'])[1 + g % 6] END"
        ),
        "closed_at": f"CASE WHEN {ended} THEN filed_at - g * interval '5 minutes' END",
        "filed_at": "filed_at - g * interval '6 minutes'",
        "changed_at": "changed_at - g * interval '5 minutes'",
        "due_at": f"CASE WHEN {ended} THEN NULL ELSE now() + (g - 100) * interval '1 minute' END",
        "section": "(ARRAY['ADD', 'WDM', 'JDS', 'YANSI'])[1 + g % 4]",
        "assignee_id": f"CASE WHEN {ended} OR g % 3 = 0 THEN NULL ELSE {analyst} END",
        "reporter_name": "'Pelapor ' || g",
        "reporter_email": "'pelapor' || g % 20000 || '@bench.example'",
        "tracking_nonce": "lpad(g::text, 32, '0')",
        "tracking_hash": "lpad(g::text, 64, '0')",
    }
    fields = _columns(Ticket)
    columns, values = ", ".join(fields), ", ".join(varied.get(name, name) for name in fields)
    lines = _columns(Entry)
    said = {
        "ticket_id": "t.id",
        "at": "t.filed_at + n * interval '7 minutes'",
        "kind": "CASE WHEN n % 3 = 0 THEN 'message' ELSE 'note' END",
        "public": "n % 3 = 0",
        "words": "'Baris ' || n || ' tentang ' || t.subject",
        "move": "CASE WHEN n % 3 = 0 THEN 'reply' ELSE 'add_note' END",
        "side": "'staff'",
        "facts": "'{}'::jsonb",
    }
    told = ", ".join(said.get(name, f"e.{name}") for name in lines)
    cases = (
        f"INSERT INTO tickets_ticket ({columns}) SELECT {values} FROM tickets_ticket, "
        f"generate_series(1, {CASES}) g WHERE id = {pk}"
    )
    timelines = (
        f"INSERT INTO tickets_entry ({', '.join(lines)}) SELECT {told} FROM tickets_ticket t, "
        f"(SELECT * FROM tickets_entry WHERE ticket_id = {pk} LIMIT 1) e, "
        f"generate_series(1, {LINES_EACH}) n WHERE t.id <> {pk}"
    )
    words_of_all = (
        "INSERT INTO tickets_searchtext (ticket_id, words) SELECT id, lower(subject || "
        "' ' || reporter_name || ' ' || reporter_email || ' baris tentang unit' || id % 300) "
        f"FROM tickets_ticket WHERE id <> {pk}"
    )
    return [cases, timelines, words_of_all]


def _columns(model: type[Model]) -> list[str]:
    fields = model._meta.concrete_fields  # noqa: SLF001 - Django documents _meta
    return [field.column for field in fields if field.column != "id"]


def _pages(tracked: tuple[Ticket, str]) -> dict[str, Callable[[random.Random], str]]:
    """Return how to ask for each page, a little otherwise each time."""
    numbers = list(Ticket.objects.order_by("pk").values_list("number", flat=True)[:5000:50])
    queue, (ticket, token) = reverse("antrean"), tracked
    return {
        "queue, mine": lambda _: f"{queue}?lihat=saya",
        "queue, all": lambda chance: f"{queue}?lihat=semua&hal={chance.randint(1, 40)}",
        "queue, filtered": lambda _: f"{queue}?lihat=semua&seksi=WDM&keadaan=closed",
        "search, two words": lambda chance: (
            f"{queue}?lihat=semua&q={chance.choice(WORDS)}+unit{chance.randint(0, 299)}"
        ),
        "search, a common word": lambda chance: f"{queue}?lihat=semua&q={chance.choice(WORDS)}",
        "search, half a number": lambda chance: (
            f"{queue}?lihat=semua&q=2026-5{chance.randint(10000, 99999)}"
        ),
        "case": lambda chance: addresses.case(chance.choice(numbers)),
        "tracking": lambda _: addresses.track(ticket.number, token),
    }


def _times(client: Client, address: Callable[[random.Random], str]) -> list[float]:
    chance = random.Random(5)  # noqa: S311 - the same questions each time
    client.get(address(chance))
    return [seconds_of(lambda: _ask(client, address(chance))) for _ in range(ASKED)]


def _ask(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)  # noqa: S101 - a page, or no figure


def _told(times: list[float]) -> str:
    worst = quantiles(times, n=20)[-1]
    return f"{median(times) * 1000:.0f} ms, p95 {worst * 1000:.0f} ms"


def _at_once(
    folder: Path, client: Client, tracked: tuple[Ticket, str]
) -> Iterator[tuple[str, str, str]]:
    """Yield how fifty people at once fare, each walking over the pages in another order."""
    port, session = _free_port(), client.cookies[settings.SESSION_COOKIE_NAME].value
    argv = [sys.executable, "-m", "gunicorn", "portal.wsgi", "--bind", f"127.0.0.1:{port}", *WEB]
    with (folder / "gunicorn.log").open("wb") as log:
        server = subprocess.Popen(argv, stdout=log, stderr=log, env=dict(os.environ))
    pages = list(_pages(tracked).values())
    try:
        _wait_for(port)
        with ThreadPoolExecutor(PEOPLE) as pool:
            walks = list(pool.map(lambda n: _walk(n, port, session, pages), range(PEOPLE)))
    finally:
        server.terminate()
        server.wait(20)
    times = [seconds for walk in walks for seconds, status in walk]
    wrong = sum(status != 200 for walk in walks for _, status in walk)
    told = f"{_told(times)}, {wrong} errors"
    reads = "{} to {} s".format(*READS)
    yield f"desk: {PEOPLE} people at once, {PEOPLE * EACH} pages, {reads} each", told, AIM_AT_ONCE


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(300):
        try:
            _fetch(port, "/", "")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("gunicorn does not answer.")


def _walk(
    number: int, port: int, session: str, pages: list[Callable[[random.Random], str]]
) -> list[tuple[float, int]]:
    chance, walked = random.Random(number), []  # noqa: S311 - the same walks each time
    for _ in range(EACH):
        time.sleep(chance.uniform(*READS))
        address = chance.choice(pages)(chance)
        begun = time.monotonic()
        status = _fetch(port, address, session)
        walked.append((time.monotonic() - begun, status))
    return walked


def _fetch(port: int, address: str, session: str) -> int:
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        cookie = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}"} if session else {}
        asked.request("GET", address, headers={"Host": "localhost", **cookie})
        answer = asked.getresponse()
        answer.read()
        return answer.status
    finally:
        asked.close()
