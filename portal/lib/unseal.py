"""The workers' half of secrets: the private key and the opening of envelopes.

No page, form or admin may import this, not even through others; import-linter refuses it.
In a real installation the key file belongs to the workers' user alone (docs/pemasangan.md).
"""

from __future__ import annotations

import base64
import os
from pathlib import Path

from django.conf import settings
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

from portal.lib.seal import PREFIX, public_key_file


class CannotUnseal(Exception):
    """The envelope does not open with this machine's key, or there is no key."""


def private_key_file() -> Path:
    """Return where the private half lies; only the workers' user may read it."""
    return Path(settings.PULIH_KEYS) / "workers" / "seal.key"


def make_keys() -> bool:
    """Make the pair of keys where there is none yet; return True when they were made."""
    private, public = private_key_file(), public_key_file()
    if private.exists():
        return False
    private.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = PrivateKey.generate()
    with os.fdopen(os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(base64.b64encode(bytes(key)).decode("ascii"))
    public.write_text(base64.b64encode(bytes(key.public_key)).decode("ascii"), encoding="ascii")
    return True


def unseal(envelope: str) -> str:
    """Return what was sealed; raise CannotUnseal when this machine's key does not open it."""
    if not envelope:
        return ""
    if not envelope.startswith(PREFIX):
        raise CannotUnseal("This is no sealed value.")
    try:
        key = PrivateKey(base64.b64decode(private_key_file().read_text(encoding="ascii")))
        return SealedBox(key).decrypt(base64.b64decode(envelope[len(PREFIX) :])).decode()
    except FileNotFoundError as error:
        raise CannotUnseal("This machine holds no workers' key; run: manage.py setup") from error
    except (CryptoError, ValueError) as error:
        raise CannotUnseal("The sealed value belongs to another workers' key.") from error
