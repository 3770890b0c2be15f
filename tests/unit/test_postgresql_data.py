"""Reading data files back: to the end, once, and nothing cut short passes."""

import hashlib
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backups.engines import postgresql_data
from backups.engines.postgresql_data import read_large_objects, read_table, read_tables
from backups.errors import Cancelled, DumpFailed
from backups.specs import UNWATCHED, Unwatched

END = b"\\.\n\n\n"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "1.dat"


@pytest.mark.parametrize("large", [1 << 30, 0])
@pytest.mark.parametrize(
    ("rows", "data"),
    [(0, b""), (1, b"a\n"), (2, b"\n\n"), (3, b"a\tb\n\\\\.\n\\N\n"), (70_000, b"x" * 40 + b"\n")],
)
def test_counts_and_hashes_every_row(file, monkeypatch, large, rows, data):
    monkeypatch.setattr(postgresql_data, "LARGE", large)
    data = data * 70_000 if rows == 70_000 else data
    file.write_bytes(data + END)
    read = read_table(file, "table a of source b", Event())
    assert (read.rows, read.bytes) == (rows, len(data) + len(END))
    assert read.sha256 == hashlib.sha256(data + END).hexdigest()


@given(st.integers(0, 60))
def test_a_file_cut_anywhere_is_found_out(tmp_path_factory, length):
    path = tmp_path_factory.mktemp("cut") / "1.dat"
    path.write_bytes((b"satu\tdua\n" * 7 + END)[:length])
    with pytest.raises(DumpFailed, match=r"cut short in 1\.dat, the data of table a of source b"):
        read_table(path, "table a of source b", Event())


@pytest.mark.parametrize("tail", [b"x" + END, END + b"\n", END + b"x", b"a\n" + END[:-1]])
def test_an_end_that_is_not_the_end_is_found_out(file, tail):
    file.write_bytes(b"a\n" + tail)
    with pytest.raises(DumpFailed, match="cut short"):
        read_table(file, "table a of source b", Event())


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DumpFailed, match=r"lacks 7\.dat, the data of table a"):
        read_tables({tmp_path / "7.dat": "table a"}, UNWATCHED)


def test_reading_is_cancelled_between_two_chunks(tmp_path):
    class Stopped(Unwatched):
        def stopped(self):
            return True

    path = tmp_path / "1.dat"
    with path.open("wb") as file:
        file.truncate(1 << 30)  # sparse: long to read, nothing on the disk
    with pytest.raises(Cancelled):
        read_tables({path: "table a"}, Stopped())


def test_large_objects_are_one_digest_in_the_order_of_their_numbers(tmp_path):
    (tmp_path / "blobs.toc").write_text("9 blob_9.dat\n10 blob_10.dat\n")
    (tmp_path / "blob_9.dat").write_bytes(b"satu")
    (tmp_path / "blob_10.dat").write_bytes(b"")
    read = read_large_objects(tmp_path, "b", 2, UNWATCHED)
    assert (read.rows, read.bytes) == (2, 4)
    (tmp_path / "blob_9.dat").write_bytes(b"sat")
    (tmp_path / "blob_10.dat").write_bytes(b"u")
    assert read_large_objects(tmp_path, "b", 2, UNWATCHED).sha256 != read.sha256


def test_a_lost_large_object_is_found_out(tmp_path):
    (tmp_path / "blobs_12.toc").write_text("9 blob_9.dat\n10 blob_10.dat\n")  # as from version 17
    (tmp_path / "blob_9.dat").write_bytes(b"satu")
    with pytest.raises(DumpFailed, match="source b holds 1 of its 2 large objects"):
        read_large_objects(tmp_path, "b", 2, UNWATCHED)


def test_no_large_objects_are_none(tmp_path):
    assert read_large_objects(tmp_path, "b", 0, UNWATCHED) is None
