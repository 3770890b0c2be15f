"""Fetching what was made for one person: who may, once, and gone afterwards.

The web tier comes here. It learns the key from the person who asks, for as long as their request
runs; at rest it can open nothing (docs/decisions/0015). "Once" is: until the last byte was handed
over. A fetch that broke off may be tried again; two at a time never run.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.http import StreamingHttpResponse

from backups.models import Download, DownloadStanding
from portal.accounts.models import User
from portal.audit.record import record
from portal.lib import clock
from portal.lib.queue import enqueue
from portal.lib.seal import seal
from portal.lib.sealed_stream import BrokenStreamError, is_key, opened

log = logging.getLogger(__name__)

LEASE_LASTS = timedelta(minutes=2)
RENEW_AFTER = 10.0  # seconds
TIDY = "backups.tasks.tidy_downloads"


class Refusal(StrEnum):
    """Why a download is not handed over."""

    WRONG = "wrong"
    TAKEN = "taken"
    OVER = "over"
    WITHDRAWN = "withdrawn"
    NOT_MADE = "not_made"
    RUNNING = "running"
    DAMAGED = "damaged"


class NotHandedOver(Exception):
    """It may not be fetched, or not now; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Recipient:
    """For whom a download is. `page_secret` is the sealed address of the page to fetch it on."""

    name: str
    address: str
    page_secret: str
    person: User | None = None
    language: str = "id"

    @classmethod
    def at(
        cls, page: str, name: str, address: str, person: User | None = None, language: str = "id"
    ) -> Self:
        """Return the recipient who fetches on `page`, an address that is sealed at once."""
        return cls(name, address, seal(page), person, language)

    @classmethod
    def of(cls, download: Download) -> Self:
        """Return for whom an earlier download was."""
        return cls(
            download.name,
            download.address,
            download.page_secret,
            download.person,
            download.language,
        )

    def columns(self) -> dict[str, Any]:
        """Return what is kept of it."""
        return {name: getattr(self, name) for name in self.__slots__}


def download_file(download: Download) -> Path:
    """Return where the encrypted archive lies."""
    return Path(settings.PULIH_DOWNLOADS) / Path(download.file).name


def refusal_of(download: Download, now: datetime) -> Refusal | None:
    """Return why nobody gets this download any more, or not yet; None while it waits."""
    match download.standing(now):
        case DownloadStanding.READY:
            return None
        case DownloadStanding.TAKEN:
            return Refusal.TAKEN
        case DownloadStanding.OVER:
            return Refusal.OVER
        case DownloadStanding.WITHDRAWN:
            return Refusal.WITHDRAWN
    return Refusal.NOT_MADE


def hand_over(
    download: Download, key: str, by: User | str, now: datetime, and_then: Callable[[], Any]
) -> StreamingHttpResponse:
    """Return the answer that hands the archive over, decrypted as it leaves.

    The caller has made sure that it is the person's. `and_then` is called in the transaction that
    notes the last byte as handed over. Raises NotHandedOver.
    """
    fetch = _begin(download, key, by, now)
    return StreamingHttpResponse(
        _bytes(fetch, key, and_then), content_type="application/zip", headers=_headers(download)
    )


def _headers(download: Download) -> dict[str, str]:
    night = download.restore.snapshot.taken_at.astimezone(clock.WIB)
    name = f"{download.restore.source.key}-{night:%Y-%m-%d}-PM-{download.restore_id:04d}.zip"
    return {
        "Content-Length": str(download.size),  # a browser knows by it that something is lacking
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",  # nginx must not take it all and let the person wait
    }


@dataclass(frozen=True, slots=True)
class _Fetch:
    """One fetch under way; `lease` is its right to go on."""

    download: Download
    lease: str
    by: User | str

    def rows(self) -> Any:
        """Return the row, if this fetch still has it."""
        return Download.objects.filter(pk=self.download.pk, lease=self.lease, taken_at=None)

    def renew(self) -> None:
        """Keep the right to go on; raise ConnectionAbortedError when it is lost."""
        if not self.rows().filter(withdrawn_at=None).update(lease_at=clock.now()):
            raise ConnectionAbortedError("This download was withdrawn or goes on elsewhere.")


def _begin(download: Download, key: str, by: User | str, now: datetime) -> _Fetch:
    if refusal := refusal_of(download, now):
        raise NotHandedOver(refusal)
    if not is_key(key, download.key_sha256):
        raise NotHandedOver(Refusal.WRONG)
    fetch = _Fetch(download, secrets.token_hex(16), by)
    free = Q(lease="") | Q(lease_at__lt=now - LEASE_LASTS)
    with transaction.atomic():
        rows = Download.objects.waiting(now).filter(free, pk=download.pk)
        if not rows.update(lease=fetch.lease, lease_at=now, begun_at=now):
            raise NotHandedOver(Refusal.RUNNING)
        if not download_file(download).is_file():
            raise NotHandedOver(Refusal.DAMAGED)
        _tell(fetch, "download.begun")
    return fetch


def _bytes(fetch: _Fetch, key: str, and_then: Callable[[], Any]) -> Iterator[bytes]:
    """Yield the archive; what stands behind the last yield happens when that byte has left."""
    try:
        with download_file(fetch.download).open("rb") as file:
            yield from _watched(fetch, opened(file, key))
        with transaction.atomic():
            if fetch.rows().update(taken_at=clock.now(), lease="", key_secret=""):
                enqueue(TIDY, fetch.download.pk, cluster="short")
                and_then()
                _tell(fetch, "download.taken")
    except (BrokenStreamError, OSError) as error:
        log.warning("Download %s broke off: %s", fetch.download.pk, error)
        raise
    finally:
        fetch.rows().update(lease="")


def _watched(fetch: _Fetch, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the pieces; before the last one the right to go on is asked for once more."""
    renewed, held = time.monotonic(), next(pieces)
    for piece in pieces:
        if time.monotonic() - renewed > RENEW_AFTER:
            fetch.renew()
            renewed = time.monotonic()
        yield held
        held = piece
    fetch.renew()
    yield held


def _tell(fetch: _Fetch, verb: str) -> None:
    download = fetch.download
    facts = {"source": download.restore.source.key, "case": download.restore.reference_name}
    record(verb, actor=fetch.by, subject=download, facts=facts | {"bytes": download.size})


def withdraw(download: Download, by: User, now: datetime) -> bool:
    """Take a download back before anybody fetched it; False when there was nothing to take back."""
    with transaction.atomic():
        if not Download.objects.waiting(now).filter(pk=download.pk).update(
            withdrawn_at=now, key_secret=""
        ):  # fmt: skip
            return False
        enqueue(TIDY, download.pk, cluster="short")
        facts = {"source": download.restore.source.key}
        record("download.withdrawn", actor=by, subject=download, facts=facts)
    return True
