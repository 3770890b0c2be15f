"""Keeping the queue's own tables small: failures are never pruned by django-q2 itself."""

from __future__ import annotations

from datetime import timedelta

from django_q.models import Task

from portal.lib import clock

KEPT_FOR = timedelta(days=14)


def prune_queue() -> int:
    """Remove results older than two weeks; return how many."""
    return Task.objects.filter(stopped__lt=clock.now() - KEPT_FOR).delete()[0]
