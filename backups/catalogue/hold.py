"""Keeping a snapshot from retention for somebody's reason, and giving it free again."""

from __future__ import annotations

from datetime import datetime

from backups.models import Hold, Snapshot


def hold(snapshot: Snapshot, key: str, reason: str, now: datetime) -> Hold:
    """Hold `snapshot` under the holder's own word `key`; the hold that is there already stays."""
    held, _ = Hold.objects.get_or_create(
        snapshot=snapshot, key=key, defaults={"reason": reason, "held_at": now}
    )
    return held


def release(key: str) -> int:
    """Give free whatever is held under `key`; return how many snapshots were."""
    released, _ = Hold.objects.filter(key=key).delete()
    return released
