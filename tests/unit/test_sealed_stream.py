"""An encrypted stream gives back what was written, whole, or it says that it cannot."""

import io
import os

import pytest

from portal.lib.sealed_stream import (
    HEADER_BYTES,
    MAGIC,
    PIECE,
    PIECE_COSTS,
    BrokenStreamError,
    SealedWriter,
    is_key,
    key_digest,
    new_key,
    opened,
)

HEAD = len(MAGIC) + HEADER_BYTES
KEY = new_key()
PLAIN = os.urandom(2 * PIECE + 1000)


def sealed(plain=PLAIN, key=KEY, at_once=70_001):
    file = io.BytesIO()
    writer = SealedWriter(file, key)
    for start in range(0, len(plain), at_once):
        writer.write(plain[start : start + at_once])
    writer.close()
    assert writer.size == len(plain)
    return file.getvalue()


def read(stream, key=KEY):
    return b"".join(opened(io.BytesIO(stream), key))


def pieces(stream):
    """Return the head and the encrypted pieces."""
    step = PIECE + PIECE_COSTS
    return stream[:HEAD], [stream[at : at + step] for at in range(HEAD, len(stream), step)]


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 1000])
def test_what_was_written_comes_back(size):
    assert read(sealed(PLAIN[:size])) == PLAIN[:size]


def test_nothing_of_what_was_written_stands_in_it():
    assert b"42 mahasiswa" not in sealed(b"42 mahasiswa " * 1000)


def test_a_stream_cut_anywhere_is_refused():
    stream = sealed()
    head, (first, second, last) = pieces(stream)
    ends = (0, 5, len(MAGIC), HEAD - 1, HEAD, HEAD + 16, HEAD + len(first) - 1)
    for end in (*ends, len(head + first), len(head + first + second), len(stream) - 1):
        with pytest.raises(BrokenStreamError):
            read(stream[:end])
    assert last


def test_pieces_in_another_order_twice_or_left_out_are_refused():
    head, (first, second, last) = pieces(sealed())
    wrong = [[second, first, last], [first, first, second, last], [first, last], [second, last]]
    for order in wrong:
        with pytest.raises(BrokenStreamError):
            read(head + b"".join(order))


def test_a_flipped_byte_is_refused_wherever_it_is():
    stream = sealed()
    for at in (0, len(MAGIC), HEAD, HEAD + 1, HEAD + PIECE, len(stream) // 2, len(stream) - 1):
        flipped = bytearray(stream)
        flipped[at] ^= 1
        with pytest.raises(BrokenStreamError):
            read(bytes(flipped))


def test_what_stands_behind_the_end_is_refused():
    for more in (b"x", sealed()):
        with pytest.raises(BrokenStreamError):
            read(sealed(b"kecil") + more)


def test_a_stream_that_was_never_closed_is_refused():
    file = io.BytesIO()
    SealedWriter(file, KEY).write(PLAIN)
    with pytest.raises(BrokenStreamError):
        read(file.getvalue())


@pytest.mark.parametrize(
    "key",
    [new_key(), "", "x", "kunci!", KEY[:-1], KEY + "AA", "é" * 43],
    ids=["another", "none", "a letter", "a word", "too short", "too long", "no letters of a key"],
)
def test_another_key_opens_nothing(key):
    with pytest.raises(BrokenStreamError):
        read(sealed(), key)


def test_a_key_is_known_by_its_digest_alone():
    assert is_key(KEY, key_digest(KEY))
    assert not is_key(new_key(), key_digest(KEY))
    assert not is_key("", "")
    assert KEY not in key_digest(KEY)
    assert len(KEY) == 43
    assert new_key() != new_key()
