"""The seeds of second factors, locked with the portal's key: the database alone is not enough."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator

from django.conf import settings
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

PREFIX = "seed1:"


def lock(text: str) -> str:
    """Return `text` locked with the present key."""
    locked = next(_boxes()).encrypt(text.encode())
    return PREFIX + base64.b64encode(locked).decode("ascii")


def unlock(locked: str) -> str:
    """Return what was locked, with the present key or an older one; raise CryptoError if none."""
    content = base64.b64decode(locked.removeprefix(PREFIX))
    for box in _boxes():
        try:
            return box.decrypt(content).decode()
        except CryptoError:
            continue
    raise CryptoError("A second factor's seed was locked with a key that is not here.")


def _boxes() -> Iterator[SecretBox]:
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield SecretBox(hashlib.sha256(f"pulih:second-factor:{key!s}".encode()).digest())
