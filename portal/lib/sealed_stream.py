"""A file encrypted as a stream: libsodium's secretstream (XChaCha20-Poly1305), in pieces.

    MAGIC | header (24 bytes) | piece | piece | ... | last piece, tagged FINAL

A piece is PIECE bytes of plain text and PIECE_COSTS of libsodium's own. Whoever reads it hears of
a flipped byte, of pieces left out, swapped or said twice, of an end cut off and of anything behind
the end. Little memory is used, whatever the size.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterator
from typing import BinaryIO

from nacl.bindings import crypto_secretstream as secretstream
from nacl.exceptions import CryptoError

MAGIC = b"pulih-stream-1\n"
PIECE = 1 << 18
PIECE_COSTS = secretstream.crypto_secretstream_xchacha20poly1305_ABYTES
HEADER_BYTES = secretstream.crypto_secretstream_xchacha20poly1305_HEADERBYTES
KEY_BYTES = secretstream.crypto_secretstream_xchacha20poly1305_KEYBYTES
FINAL = secretstream.crypto_secretstream_xchacha20poly1305_TAG_FINAL
MORE = secretstream.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
State = secretstream.crypto_secretstream_xchacha20poly1305_state
begin_reading = secretstream.crypto_secretstream_xchacha20poly1305_init_pull
begin_writing = secretstream.crypto_secretstream_xchacha20poly1305_init_push
pull = secretstream.crypto_secretstream_xchacha20poly1305_pull
push = secretstream.crypto_secretstream_xchacha20poly1305_push


class BrokenStreamError(Exception):
    """The bytes are not those that were written, or the key is another one."""


def new_key() -> str:
    """Return a fresh key in 43 letters, digits and dashes, fit for a link."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii").rstrip("=")


def key_digest(key: str) -> str:
    """Return what may be kept of a key: 64 hex digits, from which nobody finds it again."""
    return hashlib.sha256(f"pulih-stream-key:{key}".encode()).hexdigest()


def is_key(key: str, digest: str) -> bool:
    """Say whether `key` is the one of which `digest` was kept; never where none was."""
    return bool(digest) and hmac.compare_digest(key_digest(key), digest)


def _bytes_of(key: str) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
    except (binascii.Error, ValueError) as error:
        raise BrokenStreamError("This is no key.") from error
    if len(raw) != KEY_BYTES:
        raise BrokenStreamError("This is no key.")
    return raw


class SealedWriter:
    """A file to write to whose bytes reach `file` encrypted. `size` is of what was written.

    Without `close` the stream has no end and nobody will take it for whole.
    """

    def __init__(self, file: BinaryIO, key: str) -> None:
        self.size = 0
        self._file = file
        self._state = State()
        self._rest = bytearray()
        file.write(MAGIC + begin_writing(self._state, _bytes_of(key)))

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Take more bytes; whole pieces leave at once."""
        self.size += len(data)
        self._rest += data
        while len(self._rest) > PIECE:  # the last piece waits: it must be tagged as such
            self._leave(bytes(self._rest[:PIECE]), MORE)
            del self._rest[:PIECE]
        return len(data)

    def flush(self) -> None:
        """Do nothing: a piece leaves when it is whole."""

    def close(self) -> None:
        """Write the end."""
        self._leave(bytes(self._rest), FINAL)
        self._rest.clear()

    def _leave(self, piece: bytes, tag: int) -> None:
        self._file.write(push(self._state, piece, tag=tag))


def opened(file: BinaryIO, key: str) -> Iterator[bytes]:
    """Yield the plain pieces; raise BrokenStreamError as soon as anything is not as written.

    Only when the iteration ended by itself was everything there.
    """
    if file.read(len(MAGIC)) != MAGIC:
        raise BrokenStreamError("This is no encrypted stream of this portal.")
    state, tag = State(), MORE
    try:
        begin_reading(state, file.read(HEADER_BYTES), _bytes_of(key))
        while tag != FINAL:
            piece, tag = pull(state, file.read(PIECE + PIECE_COSTS))
            yield piece
    except (CryptoError, ValueError) as error:
        raise BrokenStreamError("The stream is damaged, or this is not its key.") from error
    if file.read(1):
        raise BrokenStreamError("The stream goes on behind its end.")
