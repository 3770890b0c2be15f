"""The desk's settings, each with what holds where a deployment says nothing."""

from __future__ import annotations

from django.conf import settings


def secret_keys() -> list[str]:
    """Return the portal's keys, the present one first."""
    return [str(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def portal_url(path: str) -> str:
    """Return the full address of a page, for links in mails."""
    return getattr(settings, "PULIH_URL", "http://localhost:8000").rstrip("/") + path


def reply_base() -> str:
    """Return the mailbox that takes answers, or "" where none does."""
    return getattr(settings, "PULIH_REPLY_ADDRESS", "")


def mail_domain() -> str:
    """Return the domain in which our mails have their names."""
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"


def scanner() -> str:
    """Return where clamd listens, a socket's path or HOST:PORT; "" where there is none."""
    return getattr(settings, "PULIH_CLAMD", "")


def help_line() -> str:
    """Return whom to call, as every page's foot says it."""
    return str(getattr(settings, "PULIH_HELP_LINE", ""))
