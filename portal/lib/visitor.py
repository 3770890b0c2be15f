"""From where a request comes, and how often that may happen: for pages that anybody may post to."""

from __future__ import annotations

import hashlib
import ipaddress
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

UNKNOWN = "unknown"


class Limit(NamedTuple):
    """So many within such a span."""

    most: int
    span: timedelta


def address(request: HttpRequest) -> str:
    """Return the visitor's address; behind our nginx it is what nginx says, never the visitor.

    Of an IPv6 address only the network counts: a household has the rest to choose from.
    """
    meta = request.META
    told = meta.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2] if settings.PULIH_HTTPS else ""
    found = told.strip() or meta.get("REMOTE_ADDR", "") or UNKNOWN
    try:
        parsed = ipaddress.ip_address(found)
    except ValueError:
        return found
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network(f"{parsed}/64", strict=False).network_address)
    return str(parsed)


def may(deed: str, who: str, limit: Limit, now: datetime) -> bool:
    """Count one more `deed` by `who`; return False when it is one too many."""
    key = f"limit:{deed}:{hashlib.sha256(who.encode()).hexdigest()}"
    since = (now - limit.span).timestamp()
    times = [at for at in cache.get(key, ()) if at > since]
    if len(times) >= limit.most:
        return False
    cache.set(key, [*times, now.timestamp()], limit.span.total_seconds())
    return True
