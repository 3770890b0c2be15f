"""Keeping a report while it is written (page-facts: saved at each step, resumed by a link)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portal.accounts.models import User
from tickets.errors import NotYours
from tickets.models import ReportDraft
from tickets.periods import DRAFT_KEPT
from tickets.tokens import hashed


def open_draft(user: User | None, now: datetime) -> tuple[ReportDraft, str]:
    """Return a new draft and the key that opens it again; only the key's hash is kept."""
    key = secrets.token_urlsafe(24)
    draft = ReportDraft.objects.create(
        key_hash=hashed(key), user=user, created_at=now, saved_at=now
    )
    return draft, key


def draft_under(key: str, user: User, now: datetime) -> ReportDraft:
    """Return the draft of a form that made its own key, begun with the first press of two."""
    draft, _ = ReportDraft.objects.get_or_create(
        key_hash=hashed(key), defaults={"user": user, "created_at": now, "saved_at": now}
    )
    return draft


def find_draft(key: str) -> ReportDraft | None:
    """Return the draft that `key` opens, sent or not; None when it opens none."""
    return ReportDraft.objects.filter(key_hash=hashed(key)).select_related("ticket").first()


def drafts_of(user: User) -> list[ReportDraft]:
    """Return what this person began and has not sent, newest first."""
    return list(ReportDraft.objects.filter(user=user, sent_at=None).order_by("-saved_at"))


def reopen(draft: ReportDraft, user: User) -> str:
    """Return a new key for somebody's own draft; the one that another device has ends.

    Only a key's hash is kept, so a device that has none needs a new one. Raises NotYours.
    """
    if draft.user_id != user.pk or draft.sent_at:
        raise NotYours
    key = secrets.token_urlsafe(24)
    ReportDraft.objects.filter(pk=draft.pk, sent_at=None).update(key_hash=hashed(key))
    return key


def save_step(
    draft: ReportDraft, step: str, answers: Mapping[str, Any], now: datetime
) -> ReportDraft:
    """Keep a step's answers as they were typed, right or wrong; a sent draft stays as it is."""
    draft.answers = {**draft.answers, **{name: _storable(value) for name, value in answers.items()}}
    rows = ReportDraft.objects.filter(pk=draft.pk, sent_at=None)
    if rows.update(answers=draft.answers, step=step, saved_at=now):
        draft.step, draft.saved_at = step, now
    return draft


def _storable(value: Any) -> Any:
    """Return an answer without NUL, the one character that PostgreSQL keeps nowhere."""
    return value.replace("\0", "") if isinstance(value, str) else value


def forget_old_drafts(now: datetime) -> int:
    """Remove drafts that nobody touched for long, with their files; return how many."""
    old = ReportDraft.objects.filter(sent_at=None, saved_at__lt=now - DRAFT_KEPT)
    forgotten = 0
    for draft in old.prefetch_related("attachments"):
        files = [attachment.file for attachment in draft.attachments.all()]
        draft.delete()
        for file in files:
            file.delete(save=False)
        forgotten += 1
    return forgotten
