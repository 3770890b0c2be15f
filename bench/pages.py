"""The pages over a large past on PostgreSQL: time at the server, queries, weight, paint.

BENCH_SOURCES, BENCH_YEARS and BENCH_CASES make it smaller; what was used is told.
"""

from __future__ import annotations

import gzip
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import connection
from django.db.models import Max
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backups.models import (
    BackupRun,
    Copy,
    Drill,
    EngineKind,
    InformationSystem,
    Repository,
    Server,
    Snapshot,
    Source,
    Vault,
)
from portal.accounts.models import Role, RoleGrant, User
from portal.demo.history import Span, write_looks, write_nights
from portal.demo.history_cases import write_cases
from portal.lib import clock
from portal.lib.seal import PREFIX
from portal.static_files import collect_changed
from tickets.actions.filing import tracking_token
from tickets.models import Ticket

SOURCES = int(os.environ.get("BENCH_SOURCES", "300"))
YEARS = int(os.environ.get("BENCH_YEARS", "5"))
CASES = int(os.environ.get("BENCH_CASES", "100000"))
MODELS = 10  # sources whose nights are made up; all others repeat theirs
REPEATED = (BackupRun, Snapshot, Copy, Drill)
ROUNDS = 40
MOST_QUERIES, MOST_MILLISECONDS = 25, 200
FIRST, LATER = 250_000, 30_000  # bytes over the wire
PAGES = (
    "staf", "cadangan", "penyimpanan", "sistem", "laporan", "antrean", "rekaman", "uji", "keadaan",
    "beranda", "sop",
)  # fmt: skip
PAINT = """() => new Promise((done) => {
  const seen = { lcp: 0, shift: 0 };
  new PerformanceObserver((l) => l.getEntries().forEach((e) => { seen.lcp = e.startTime; }))
    .observe({ type: "largest-contentful-paint", buffered: true });
  new PerformanceObserver((l) => l.getEntries().forEach((e) => { seen.shift += e.value; }))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(seen), 500);
})"""

Figure = tuple[str, str, str]


def figures(folder: Path) -> Iterator[Figure]:
    """Yield every figure; the past is written first."""
    took = _write_past()
    sources = Source.objects.count()
    yield f"{sources} sources, {YEARS} years, {CASES} cases written", f"{took:.0f} s", ""
    client, session = _somebody()
    settings.ALLOWED_HOSTS = ["*"]
    yield from _times(client)
    yield from _queries(client)
    yield from _tracking()
    yield from _weights(client)
    yield from _paint(folder, session)


def _write_past() -> float:
    begun, now = time.monotonic(), clock.now()
    today = clock.wib_date(now)
    span = Span(today - timedelta(days=365 * YEARS), today)
    sources = _sources(span)
    for n, source in enumerate(sources):
        if n < MODELS:
            write_nights(source, span)
        if n % 10 == 0:
            system = InformationSystem.objects.create(name=f"Sistem {n}", slug=f"sistem-{n}")
            system.sources.add(source)
            write_looks(system, clock.midnight(span.first), now)
    _repeat_nights(len(sources) // MODELS)
    write_cases(CASES, now - timedelta(days=365 * YEARS), now - timedelta(hours=3))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return time.monotonic() - begun


def _sources(span: Span) -> list[Source]:
    server = Server.objects.create(name="bench")
    sources = Source.objects.bulk_create(
        Source(key=f"s{n}", name=f"Sumber {n:03}", engine=EngineKind.POSTGRESQL, server=server)
        for n in range(max(MODELS, SOURCES // MODELS * MODELS))
    )
    Source.objects.update(created_at=clock.midnight(span.first - timedelta(days=1)))
    vaults = list(Vault.objects.all())
    Repository.objects.bulk_create(
        Repository(source=source, vault=vault, password_secret=f"{PREFIX}x", stored_bytes=10**9)
        for source in sources
        for vault in vaults
    )
    return sources


def _repeat_nights(times: int) -> None:
    """Give the other sources the nights of the first ones, row by row in the database itself."""
    highest = {model: model.objects.aggregate(most=Max("pk"))["most"] for model in REPEATED}
    steps = {f"{model._meta.model_name}_id": most for model, most in highest.items()}  # noqa: SLF001 - Django documents _meta
    steps |= {"source_id": MODELS, "repository_id": MODELS * Vault.objects.count()}
    with connection.cursor() as cursor:
        for model, most in highest.items():
            columns = [field.column for field in model._meta.concrete_fields]  # noqa: SLF001 - as above
            known = steps | {"id": most, "run_id": steps["backuprun_id"]}
            cells = [f"{name} + {known[name]} * n" if name in known else name for name in columns]
            table = model._meta.db_table  # noqa: SLF001 - as above
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(cells)}"
                f" FROM {table}, generate_series(1, {times - 1}) n WHERE id <= {most}"
            )
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
            )


def _somebody() -> tuple[Client, str]:
    user = User.objects.create_user("bench", section="ADD")
    RoleGrant.objects.bulk_create(
        RoleGrant(user=user, role=role) for role in (Role.ANALYST, Role.FRONT_DESK)
    )
    client = Client()
    client.force_login(user)
    return client, client.session.session_key or ""


def _times(client: Client) -> Iterator[Figure]:
    for name in PAGES:
        rounds = ROUNDS if name == "staf" else 5
        took = []
        for _ in range(rounds + 1):
            begun = time.monotonic()
            client.get(reverse(name))
            took.append((time.monotonic() - begun) * 1000)
        ran = sorted(took[1:])
        word = f"p95 {ran[round(0.95 * (len(ran) - 1))]:.0f} ms, middle {ran[len(ran) // 2]:.0f} ms"
        yield f"{name}, at the server", word, "< 200 ms" if name == "staf" else ""


def _queries(client: Client) -> Iterator[Figure]:
    for name in PAGES:
        with CaptureQueriesContext(connection) as seen:
            answer = client.get(reverse(name))
        yield f"{name}, queries (status {answer.status_code})", str(len(seen)), f"<= {MOST_QUERIES}"


def _tracking() -> Iterator[Figure]:
    """Yield the reporter's page of cases all over the past, opened by their links alone."""
    tickets = Ticket.objects.confirmed().order_by("?")[: ROUNDS * 2]
    addresses = [reverse("tiket", args=[each.number, tracking_token(each)]) for each in tickets]
    client, took, most = Client(), [], 0
    for address in addresses:
        with CaptureQueriesContext(connection) as seen:
            begun = time.monotonic()
            client.get(address)
            took.append((time.monotonic() - begun) * 1000)
        most = max(most, len(seen))
    ran = sorted(took)
    word = f"p95 {ran[round(0.95 * (len(ran) - 1))]:.0f} ms, middle {ran[len(ran) // 2]:.0f} ms"
    yield "a case by its link, at the server", word, "< 150 ms"
    yield "a case by its link, most queries", str(most), "<= 20"


def _weights(client: Client) -> Iterator[Figure]:
    collect_changed()
    for name in ("beranda", "staf"):
        page = client.get(reverse(name)).content
        html = len(gzip.compress(page))
        linked = set(re.findall(rb'(?:href|src)="/static/([^"#]+)', page))
        rest = sum(_over_the_wire(path.decode()) for path in linked)
        yield f"{name}, first visit", f"{(html + rest) / 1000:.0f} KB", f"< {FIRST // 1000} KB"
        yield f"{name}, later visit", f"{html / 1000:.1f} KB", f"< {LATER // 1000} KB"


def _over_the_wire(path: str) -> int:
    """Return a file's size as it is sent: compressed where whitenoise compressed it."""
    file = Path(settings.STATIC_ROOT) / path
    if not file.exists():
        file = Path(finders.find(re.sub(r"\.[0-9a-f]{12}(?=\.)", "", path)) or file)
    packed = file.with_name(f"{file.name}.gz")
    return (packed if packed.exists() else file).stat().st_size


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    argv = (sys.executable, "-m", "gunicorn", "portal.wsgi", "--bind", f"127.0.0.1:{port}")
    with (folder / "web.log").open("wb") as log:
        web = subprocess.Popen((*argv, "--threads", "4"), stdout=log, stderr=log)
        try:
            while socket.socket().connect_ex(("127.0.0.1", port)):
                time.sleep(0.2)
            yield f"http://127.0.0.1:{port}"
        finally:
            web.terminate()
            web.wait()


def _paint(folder: Path, session: str) -> Iterator[Figure]:
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import CHROMIUM, FLAGS

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with _served(folder) as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for name in ("beranda", "staf", "laporan"):
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": home}]
            )
            page = context.new_page()
            page.request.get(home + reverse(name))  # the web tier itself may be new
            context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
            page.goto(home + reverse(name))
            seen = page.evaluate(PAINT)
            yield f"{name}, largest paint at 4x slow-down", f"{seen['lcp'] / 1000:.2f} s", "< 1.5 s"
            yield f"{name}, layout shift", f"{seen['shift']:.3f}", "< 0.05"
            context.close()
        browser.close()
