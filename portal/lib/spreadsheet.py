"""Tables that leave the portal, as CSV or as a workbook, and are opened in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from portal.lib.clock import WIB

BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"  # without it Excel takes UTF-8 for Latin-1
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


class _Echo:
    """Gives each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def csv_lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Yield the rows as lines of CSV (RFC 4180), no cell of which a spreadsheet would carry out."""
    writer = csv.writer(_Echo())
    yield BYTE_ORDER_MARK
    for row in rows:
        yield writer.writerow([harmless(cell) for cell in row])


def harmless(cell: Any) -> Any:
    """Return a text that begins like a formula with an apostrophe before it (OWASP, CSV injection).

    Numbers stay numbers: what a program counted is no formula.
    """
    if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS):
        return f"'{cell}"
    return cell


def workbook(title: str, rows: Iterable[Iterable[Any]]) -> bytes:
    """Return the rows as an XLSX workbook of one sheet, the first row its head."""
    return workbook_of([(title, rows)])


def workbook_of(sheets: Iterable[tuple[str, Iterable[Iterable[Any]]]]) -> bytes:
    """Return an XLSX workbook of several sheets, each a title and its rows, the first its head.

    Texts stay texts whatever they begin with; a workbook knows no zones, so moments are WIB.
    """
    book = Workbook(write_only=True)
    for title, rows in sheets:
        sheet = book.create_sheet(title[:31])
        sheet.freeze_panes = "A2"
        for number, row in enumerate(rows):
            sheet.append([_cell(sheet, value, head=not number) for value in row])
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def _cell(sheet: Any, value: Any, *, head: bool) -> WriteOnlyCell:
    if isinstance(value, datetime):
        value = value.astimezone(WIB).replace(tzinfo=None)
    text = ILLEGAL_CHARACTERS_RE.sub("", harmless(value)) if isinstance(value, str) else value
    cell = WriteOnlyCell(sheet, value=text)
    if isinstance(text, str):
        cell.data_type = "s"  # openpyxl takes "=..." for a formula
    if head:
        cell.font = Font(bold=True)
    return cell
