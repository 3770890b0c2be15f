"""What must hold before the portal starts."""

from __future__ import annotations

from math import ceil
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


def retry_floor(cluster: dict[str, Any]) -> int:
    """Return the seconds that `retry` must exceed, or a waiting task is delivered twice.

    Source: measured; the retry clock runs while a task waits in a worker's memory.
    """
    waves = ceil((cluster["queue_limit"] + 1) / cluster["workers"]) + 1
    return int(cluster["timeout"] * waves)


@register()
def queue_never_delivers_twice(**_: Any) -> list[CheckMessage]:
    """Hold every cluster's `retry` above its floor."""
    main: dict[str, Any] = settings.Q_CLUSTER
    clusters: dict[str, dict[str, Any]] = {main["name"]: main, **main["ALT_CLUSTERS"]}
    return [
        Error(
            f"Cluster {name}: retry must be more than {retry_floor(cluster)} seconds.",
            hint="retry > timeout x (ceil((queue_limit + 1) / workers) + 1)",
            id="pulih.E001",
        )
        for name, cluster in clusters.items()
        if cluster["retry"] <= retry_floor(cluster)
    ]
