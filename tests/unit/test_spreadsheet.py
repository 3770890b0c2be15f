import csv
import io

import pytest

from portal.lib.spreadsheet import csv_lines, harmless


@pytest.mark.parametrize("text", ["=1+1", "+62812", "-2", "@SUM(A1)", "\tx", "\rx", "＝1+1"])
def test_a_text_that_begins_like_a_formula_is_only_read(text):
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("cell", ["Siti", "a=b", "", -2, 3, None])
def test_everything_else_stays_as_it_is(cell):
    assert harmless(cell) == cell


def test_rows_are_read_back_from_their_lines():
    rows = [("Nama", "Fakta"), ("Siti, S.Kom.", 'kata "baru"\nbaris dua'), ("=cmd", 7)]
    text = "".join(csv_lines(rows))
    assert text.startswith("\ufeff")
    assert list(csv.reader(io.StringIO(text[1:]))) == [
        ["Nama", "Fakta"],
        ["Siti, S.Kom.", 'kata "baru"\nbaris dua'],
        ["'=cmd", "7"],
    ]
