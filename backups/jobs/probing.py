"""Looking whether the university's systems answer: their pages, and the databases behind them.

Done by workers every few minutes; the rows are stretches (backups.models.reach).
"""

from __future__ import annotations

import http.client
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from backups import wiring
from backups.alerts import clear_alert, raise_alert
from backups.engines.knocks import KNOCKS
from backups.errors import BackupError
from backups.models import AlertKind, InformationSystem, Source, Stretch
from portal.lib.unseal import CannotUnseal

SILENCE = timedelta(minutes=15)  # nobody looked for so long: what was meanwhile is not known
ALARM_AFTER = timedelta(minutes=9)  # two looks in a row that found nothing
PATIENCE = 10.0  # seconds that a page may take to begin its answer
AT_ONCE = 16  # looks at the same time; most of a look is waiting
STILL_UP = frozenset({401, 403})  # a page that asks who comes is there
AGENT = "Pulih (BPTI)"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one look found. `why` is a word of backups.explanations."""

    up: bool
    milliseconds: int | None = None
    why: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """Something to look at, and how."""

    ask: Callable[[], Answer]
    system: InformationSystem | None = None
    source: Source | None = None


def probe_systems(now: datetime) -> int:
    """Look once at every page and database of the known systems; return how many answered not."""
    looks = [*_pages(), *_databases()]
    with ThreadPoolExecutor(max_workers=AT_ONCE) as threads:
        answers = list(threads.map(_twice, (look.ask for look in looks)))
    for look, answer in zip(looks, answers, strict=True):
        note(look, answer, now)
        _tell(look, now)
    return sum(not answer.up for answer in answers)


def _pages() -> Iterable[Look]:
    for system in InformationSystem.objects.exclude(url=""):
        yield Look(_page_asker(system.url), system=system)


def _databases() -> Iterable[Look]:
    """Yield the databases that stand behind a system; opened here, since threads have no rows."""
    behind = Source.objects.kept().filter(engine__in=KNOCKS, systems__isnull=False, paused=False)
    for source in behind.distinct():
        yield Look(_database_asker(source), source=source)


def _page_asker(url: str) -> Callable[[], Answer]:
    return lambda: ask_page(url)


def _database_asker(source: Source) -> Callable[[], Answer]:
    knock = KNOCKS[source.engine]
    try:
        spec = wiring.spec_of(source)
    except CannotUnseal as error:
        answer = Answer(up=False, why="CannotUnseal", detail=str(error)[:300])
        return lambda: answer
    return lambda: _timed(lambda: knock(spec))


def _twice(ask: Callable[[], Answer]) -> Answer:
    """Ask again at once when there was no answer: one lost packet is no outage."""
    answer = ask()
    return answer if answer.up else ask()


def _timed(knock: Callable[[], None]) -> Answer:
    begun = time.monotonic()
    try:
        knock()
    except BackupError as error:
        return Answer(up=False, why=type(error).__name__[:40], detail=str(error)[:300])
    return Answer(up=True, milliseconds=_since(begun))


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)


class _OnlyPages(urllib.request.HTTPRedirectHandler):
    """Follows a page to another page, and nowhere else."""

    def redirect_request(  # noqa: PLR0917 - the base class's own signature
        self,
        req: urllib.request.Request,
        fp: object,
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Return the next request; refuse another scheme than HTTP."""
        if not newurl.lower().startswith(("http://", "https://")):
            raise urllib.error.HTTPError(req.full_url, code, "redirect to no page", headers, None)
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


def ask_page(url: str) -> Answer:
    """Return whether the page at `url` answers a reader; nothing of it is read but its head.

    Proxies of the environment are left aside: what is asked is the system and not the way out.
    """
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _OnlyPages(),
    ):
        opener.add_handler(handler)
    begun = time.monotonic()
    try:
        request = urllib.request.Request(url, headers={"User-Agent": AGENT})  # noqa: S310 - opener
        with opener.open(request, timeout=PATIENCE):
            return Answer(up=True, milliseconds=_since(begun))
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in STILL_UP:
            return Answer(up=True, milliseconds=_since(begun))
        return Answer(up=False, why="PageFault", detail=f"HTTP {error.code}")
    except (OSError, ValueError, http.client.HTTPException) as error:
        return Answer(up=False, why=_why(error), detail=str(error)[:300])


def _why(error: Exception) -> str:
    """Return the word for what kept a page from answering."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, ssl.SSLError):
        return "PageCertificate"
    if isinstance(cause, socket.gaierror):
        return "PageNoAddress"
    return "PageUnreachable"


def note(look: Look, answer: Answer, now: datetime) -> None:
    """Keep what was found: the stretch that goes on becomes longer, or another begins.

    A change counts from the look that saw it. Two workers that look at once write one row.
    """
    mine = Stretch.objects.filter(system=look.system, source=look.source).going_on()
    last = mine.first()
    if last and last.seen_at >= now:
        return
    fields = {
        "milliseconds": answer.milliseconds,
        "why": answer.why,
        "detail": answer.detail,
    }
    if last and last.up == answer.up and now - last.seen_at <= SILENCE:
        unmoved = mine.filter(pk=last.pk, seen_at=last.seen_at)
        unmoved.update(seen_at=now, looks=last.looks + 1, **fields)
        return
    try:
        with transaction.atomic():
            if last:
                known = now if now - last.seen_at <= SILENCE else last.seen_at
                mine.filter(pk=last.pk).update(ended_at=known)
            Stretch.objects.create(
                system=look.system,
                source=look.source,
                up=answer.up,
                began_at=now,
                seen_at=now,
                **fields,
            )
    except IntegrityError:  # another worker began it in the same moment
        return


def _tell(look: Look, now: datetime) -> None:
    """Open the alarm when it stays away, close it when it is back."""
    of: dict[str, Any] = {"source": look.source, "system": look.system}
    last = Stretch.objects.filter(**of).going_on().first()
    if last is None or last.up:
        clear_alert(AlertKind.UNREACHABLE, now, **of)
    elif now - last.began_at >= ALARM_AFTER:
        facts = {"error": last.detail, "error_kind": last.why, "since": last.began_at.isoformat()}
        raise_alert(AlertKind.UNREACHABLE, now, **of, **facts)
