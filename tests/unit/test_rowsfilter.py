"""Which rows are meant: numbers by value, text by its signs, and no sign means more than itself."""

import pytest

from backups.errors import BackupError
from backups.rowsfile import RowLine, RowsHead, parse_head, parse_row
from backups.rowsfilter import RowFilter, RowsFile, told


def row(key, **cells):
    return RowLine("missing", {"id": key}, {"id": key, **cells}, None)


@pytest.mark.parametrize(
    ("first", "last", "key", "taken"),
    [
        ("2", "10", "9", True),
        ("2", "10", "11", False),
        ("2", "", "10", True),
        ("-3", "-1", "-2", True),
        ("1.5", "2", "1.75", True),
        ("b", "d", "c", True),
        ("b", "d", "e", False),
        ("a", "", None, False),
    ],
)
def test_a_key_is_within_its_bounds(first, last, key, taken):
    assert RowFilter(first=first, last=last).takes(row(key)) is taken


def test_a_column_s_value_is_itself_and_no_pattern():
    line = row("1", nama="50% beres", kota="Jakarta")
    assert RowFilter(column="nama", holds="50%").takes(line)
    assert not RowFilter(column="nama", holds="%").takes(row("1", nama="beres"))
    assert not RowFilter(column="kota", holds="50%").takes(line)
    assert RowFilter(value="Jakarta").takes(line)
    assert RowFilter(value="NULL").takes(row("1", nama=None))


def test_a_filter_comes_back_as_it_was_kept():
    wanted = RowFilter(("missing",), "1", "9", "nama", "Siti", "it")
    assert RowFilter.of(wanted.facts()) == wanted
    assert not RowFilter()


def test_bytes_and_odd_numbers_are_told_as_people_type_them():
    assert [told(cell) for cell in ({"hex": "00ff"}, {"real": "9e999"}, 1.5, None)] == [
        "0x00ff",
        "9e999",
        "1.5",
        "NULL",
    ]


@pytest.mark.parametrize(
    "line", [b"", b"[]", b"{", b'{"format": "pulih-rows/2"}', b'{"format": "pulih-rows/1"}']
)
def test_what_is_no_rows_file_is_said_so(line):
    with pytest.raises(BackupError):
        parse_head(line)


@pytest.mark.parametrize(
    "line", [b"{}", b'{"verdict": "same", "key": {}, "backup": null, "live": null}', b"\x00"]
)
def test_a_line_that_is_no_row_is_said_so(line):
    with pytest.raises(BackupError):
        parse_row(line)


def test_a_head_reads_back_as_written():
    head = RowsHead("siakad", 7, "0" * 64, "public.krs", "postgresql", ("id",), ("id", "nama"))
    assert parse_head(head.line()) == head


def test_a_file_that_is_gone_is_said_so(tmp_path):
    with pytest.raises(BackupError, match="gone"):
        list(RowsFile(tmp_path / "hilang.jsonl", "0" * 64).taken(RowFilter()))
