"""The public half of secrets: whoever holds this may close an envelope, nobody opens one with it.

Passwords are sealed to the workers' public key the moment they are typed (architecture,
invariant 10). The half that opens them is portal.lib.unseal, which no page may import.
"""

from __future__ import annotations

import base64
from pathlib import Path

from django.conf import settings
from nacl.public import PublicKey, SealedBox

PREFIX = "sealed1:"


def public_key_file() -> Path:
    """Return where the public half lies; the web tier may read it."""
    return Path(settings.PULIH_KEYS) / "seal.pub"


def seal(plain: str) -> str:
    """Return `plain` as an envelope that only the workers open; "" stays ""."""
    if not plain:
        return ""
    key = PublicKey(base64.b64decode(public_key_file().read_text(encoding="ascii")))
    closed = SealedBox(key).encrypt(plain.encode())
    return PREFIX + base64.b64encode(closed).decode("ascii")


def is_sealed(value: str) -> bool:
    """Say whether `value` is an envelope (or empty), and so fit for a database column."""
    return not value or value.startswith(PREFIX)
