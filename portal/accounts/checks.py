"""A view without an access rule does not start (style, rule 5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.urls import URLPattern, URLResolver, get_resolver

from portal.accounts.access import access_of

GUARDED_BY_THEMSELVES = frozenset({"admin"})  # by the name of their URLs' application


@register(Tags.urls)
def every_view_has_an_access_rule(**_: Any) -> list[CheckMessage]:
    """Return an error for each address that says not who may open it."""
    return [
        Error(
            f"{address} has no access rule.",
            hint="Mark its view with requires(...), signed_in or open_to_all (accounts.access).",
            id="pulih.E002",
        )
        for address in unmarked(get_resolver().url_patterns)
    ]


def unmarked(patterns: Iterable[URLPattern | URLResolver], prefix: str = "/") -> Iterator[str]:
    """Yield the addresses whose views wear no mark."""
    for entry in patterns:
        address = f"{prefix}{entry.pattern}"
        if isinstance(entry, URLPattern):
            if access_of(entry.callback) is None:
                yield address
        elif entry.app_name not in GUARDED_BY_THEMSELVES:
            yield from unmarked(entry.url_patterns, address)
