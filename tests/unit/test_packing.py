"""The archive that people open: cells that harm nobody, names that every system can write."""

import io
import os
import time
import zipfile

import pytest

from backups.engines.rows import Column, TableShape
from backups.errors import Cancelled
from backups.packing import BIG, Packing, csv_cell, csv_name, sum_line
from backups.specs import UNWATCHED, Unwatched


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (None, ""),
        ("", '""'),
        ("biasa", "biasa"),
        (" tepi ", '" tepi "'),
        ('kata "ini", itu', '"kata ""ini"", itu"'),
        ("baris\nbaru", '"baris\nbaru"'),
        ("=1+1", "'=1+1"),
        ('=HYPERLINK("x","y")', '"\'=HYPERLINK(""x"",""y"")"'),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-5", "-5"),
        ("-1.25e-7", "-1.25e-7"),
        ("+62 812", "'+62 812"),
        ("-rm", "'-rm"),
        ("-1+1", "'-1+1"),
        ("-.5", "-.5"),
        ("\tcmd", "'\tcmd"),
        (3, "3"),
        (1.5, "1.5"),
        (b"\x00\xff", "0x00ff"),
        ({"hex": "00ff"}, "0x00ff"),
    ],
)
def test_a_cell_says_what_it_holds_and_is_never_carried_out(cell, said):
    assert csv_cell(cell) == said


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("public.nilai", "csv/public.nilai.csv"),
        ("nilai 'é' 日/%", "csv/nilai _é_ 日__.csv"),
        ("../../etc/passwd", "csv/_.._etc_passwd.csv"),
        ("..", "csv/_.csv"),
        ("a\0b\n", "csv/a_b_.csv"),
    ],
)
def test_a_tables_file_never_leaves_its_folder(table, name):
    assert csv_name(table) == name


def test_sums_are_said_as_sha256sum_reads_them():
    assert sum_line("biasa", "ab") == "ab  biasa\n"
    assert sum_line("dua\nbaris\\", "ab") == "\\ab  dua\\nbaris\\\\\n"


class Reader:
    """A reader of one table."""

    def shape(self, table):
        return TableShape(table, (Column("nim", "text"), Column("n", "int")), (("nim",),))

    def rows(self, plan, buckets):
        yield [("1", 3, "its digest"), ("2", None, "another")]


def packed(fill):
    """Pack into a file that can only be written to, and open what came of it."""
    into = io.BytesIO()
    only_written = type("Into", (), {"write": into.write, "flush": lambda _: None})()
    packing = Packing(only_written, UNWATCHED)
    fill(packing)
    packing.finish("Ini isinya.")
    return zipfile.ZipFile(into)


def test_tables_that_would_have_the_same_file_both_have_one():
    def fill(packing):
        assert packing.add_table("a/b", Reader(), 10) == 2
        assert packing.add_table("A_B", Reader(), BIG + 1) == 2

    archive = packed(fill)
    assert archive.testzip() is None
    assert archive.namelist() == ["csv/a_b.csv", "csv/A_B-2.csv", "SHA256SUMS", "README.txt"]
    assert archive.read("csv/a_b.csv").decode("utf-8-sig") == "nim,n\r\n1,3\r\n2,\r\n"
    assert "csv/A_B-2.csv" in archive.read("README.txt").decode()


def test_files_keep_their_names_and_what_is_no_file_is_left_out(tmp_path):
    folder = tmp_path / "dosen"
    folder.mkdir()
    (folder / "catatan é.txt").write_text("isi")
    os.utime(folder / "catatan é.txt", (1_000_000_000, 1_000_000_000))
    os.mkfifo(folder / "pipa")
    os.utime(folder, (-100_000, -100_000))
    archive = packed(lambda packing: packing.add_tree(tmp_path, "berkas/"))
    names = archive.namelist()
    assert names[:2] == ["berkas/dosen/", "berkas/dosen/catatan é.txt"]
    assert not any("pipa" in name for name in names)
    info = archive.getinfo("berkas/dosen/catatan é.txt")
    assert info.date_time == time.localtime(1_000_000_000)[:6]
    assert archive.getinfo("berkas/dosen/").date_time == (1980, 1, 1, 0, 0, 0)


def test_a_cancel_is_heard_within_a_member(tmp_path):
    stopping = type("Stopping", (Unwatched,), {"stopped": lambda _: True})()
    (tmp_path / "a").write_text("isi")
    with pytest.raises(Cancelled):
        Packing(io.BytesIO(), stopping).add_file(str(tmp_path / "a"), "a")
