"""The one place that rings a worker's doorbell.

The row is the truth and the message only wakes somebody (architecture, invariant 5): enqueue
inside the transaction that writes the row, and both come to be or neither does.
"""

from __future__ import annotations

from importlib import import_module
from typing import Literal

from django_q.tasks import async_task

Cluster = Literal["short", "long", "restore"]


def enqueue(address: str, pk: int | str, *, cluster: Cluster) -> None:
    """Ask the workers of `cluster` to call the task at the dotted `address` with `pk`."""
    async_task(address, pk, cluster=cluster)


def resolve(address: str) -> object:
    """Return what a dotted address names; raise ImportError or AttributeError when nothing."""
    module, _, name = address.rpartition(".")
    return getattr(import_module(module), name)
