"""Made-up downloads for tests and pictures: an archive really encrypted, for one person."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from backups.downloading import Recipient
from backups.models import Download, JobState, RestoreJob, RestoreTarget
from backups.restoring import Order, order_restore
from portal.lib.seal import seal
from portal.lib.sealed_stream import SealedWriter, key_digest, new_key

PLAIN = b"PK\x03\x04 nilai 3B, 42 mahasiswa " * 30_000  # some pieces long
TO = {"name": "Rahma Dosen", "address": "rahma@uhamka.example"}


def ordered(snapshot, now, person=None, page="https://pulih.example/unduhan/", **more) -> Download:
    """Order a download for a person, and return its row."""
    to = Recipient.at(page, TO["name"], TO["address"], person)
    order = Order(snapshot, RestoreTarget.DOWNLOAD, recipient=to, **more)
    return order_restore(order, now, rung=False).download


def made(download: Download, now) -> str:
    """Let a worker have made it; return the key, which stands nowhere in clear."""
    home, key = Path(settings.PULIH_DOWNLOADS), new_key()
    home.mkdir(parents=True, exist_ok=True)
    name = f"{download.restore_id}-{secrets.token_hex(8)}.pulih"
    with (home / name).open("wb") as file:
        writer = SealedWriter(file, key)
        writer.write(PLAIN)
        writer.close()
    RestoreJob.objects.filter(pk=download.restore_id).update(
        state=JobState.GOOD, finished_at=now, objects_equal=4, objects_total=4
    )
    Download.objects.filter(pk=download.pk).update(
        file=name,
        size=len(PLAIN),
        key_sha256=key_digest(key),
        key_secret=seal(key),
        made_at=now,
        expires_at=now + timedelta(days=7),
    )
    download.refresh_from_db()
    download.restore.refresh_from_db()
    return key
