"""Where the desk's pages are, for links that mails carry (tickets/urls.py has the same)."""

from __future__ import annotations


def track(number: str, token: str) -> str:
    """Return the reporter's page of a case."""
    return f"/tiket/{number}/{token}/"


def download(number: str, token: str) -> str:
    """Return where a case's downloads are fetched, without the download's own number."""
    return f"/tiket/{number}/{token}/unduhan/"


def confirm(number: str, token: str) -> str:
    """Return the page on which a reporter confirms an address; it acts on POST alone."""
    return f"/tiket/{number}/konfirmasi/{token}/"


def case(number: str) -> str:
    """Return the staff's page of a case."""
    return f"/staf/tiket/{number}/"


def approval(number: str) -> str:
    """Return the page of the one decision; it never acts on GET."""
    return f"/staf/persetujuan/{number}/"
