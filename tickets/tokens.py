"""Secrets that travel in links and addresses. None is kept: each is made again from a key.

A ticket keeps a random nonce and the hash of its tracking token; the token itself follows from
the nonce and the portal's key, so neither half alone opens a case, and a mail that is written
again carries the same link.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from typing import NamedTuple

TOKEN_BYTES = 24
TAG_BYTES = 10
ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
REPLY = re.compile(r"[^@+]+\+([0-9a-z]{1,13})\.(r|u[0-9a-z]{1,13})\.([a-z2-7]{16})@[^@]+")


class ReplyTo(NamedTuple):
    """To which ticket a mail comes back, and from whom: an account's number, or the reporter."""

    ticket: int
    user: int | None


def new_nonce() -> str:
    """Return what a new ticket's tokens are made from."""
    return secrets.token_hex(16)


def tracking_token(key: str, nonce: str) -> str:
    """Return the token that lets its holder follow the case, 192 bits in 32 letters."""
    return _token(key, "track", nonce)


def confirm_token(key: str, nonce: str) -> str:
    """Return the token that is only ever mailed: who has it reads the reporter's mail."""
    return _token(key, "confirm", nonce)


def hashed(token: str) -> str:
    """Return what is kept of a token, in 64 hex digits."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_confirm_token(keys: Sequence[str], nonce: str, token: str) -> bool:
    """Say whether `token` was made from `nonce` with one of the portal's keys."""
    made = (confirm_token(key, nonce) for key in keys)
    return any(hmac.compare_digest(right.encode(), token.encode()) for right in made)


def reply_address(base: str, key: str, reply_to: ReplyTo) -> str:
    """Return the address under which answers come back: `base` with a signed part after a plus."""
    local, _, domain = base.partition("@")
    ticket, party = _number(reply_to.ticket), _party(reply_to.user)
    return f"{local}+{ticket}.{party}.{_tag(key, ticket, party)}@{domain}"


def parse_reply(address: str, keys: Sequence[str]) -> ReplyTo | None:
    """Return where a mail to `address` belongs; None when the portal never signed it.

    Letters' case does not matter: mail servers change it.
    """
    match = REPLY.fullmatch(address.strip().lower())
    if not match:
        return None
    ticket, party, tag = match.groups()
    if not any(hmac.compare_digest(_tag(key, ticket, party), tag) for key in keys):
        return None
    return ReplyTo(int(ticket, 36), None if party == "r" else int(party[1:], 36))


def _token(key: str, purpose: str, nonce: str) -> str:
    made = _mac(key, f"{purpose}:{nonce}")[:TOKEN_BYTES]
    return base64.urlsafe_b64encode(made).decode("ascii")


def _tag(key: str, ticket: str, party: str) -> str:
    made = _mac(key, f"reply:{ticket}:{party}")[:TAG_BYTES]
    return base64.b32encode(made).decode("ascii").lower()


def _mac(key: str, words: str) -> bytes:
    return hmac.digest(key.encode(), f"pulih:{words}".encode(), "sha256")


def _party(user: int | None) -> str:
    return "r" if user is None else f"u{_number(user)}"


def _number(value: int) -> str:
    """Return a number in base 36, as `int(text, 36)` reads it."""
    digits = ""
    while value or not digits:
        value, digit = divmod(value, 36)
        digits = ALPHABET[digit] + digits
    return digits
