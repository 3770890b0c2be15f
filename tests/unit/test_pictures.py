"""Pictures: each is well-formed, says itself in words, and bears gaps, one point and nothing."""

from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest

from portal.lib import charts, nights
from portal.lib.marks import SHAPES, TONES, Mark
from portal.lib.nights import Night

DAY = date(2026, 11, 23)
SVG = {"s": "http://www.w3.org/2000/svg"}


def drawn(picture: str) -> ET.Element:
    named = picture.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return ET.fromstring(named)  # noqa: S314 - our own drawing


@pytest.mark.parametrize("mark", list(Mark))
def test_every_mark_has_a_shape_a_tone_and_a_cell(mark):
    assert drawn(f"<svg >{SHAPES[mark]}</svg>") is not None
    assert TONES[mark] in {"good", "warn", "bad", "now", "pause"}
    assert drawn(nights.legend_cell(mark)).find("s:rect", SVG) is not None


def test_no_two_marks_of_a_night_look_alike():
    marks = set(Mark) - {Mark.ATTENTION}
    assert len({nights.legend_cell(mark) for mark in marks}) == len(marks)


def test_a_ribbon_has_one_cell_a_night_and_says_itself():
    row = [Night(DAY + timedelta(days=n), Mark.GOOD, f"malam {n}") for n in range(14)]
    picture = drawn(nights.ribbon(row, "14 malam SIAKAD"))
    assert len(picture.findall("s:g", SVG)) == 14
    assert picture.get("aria-label") == "14 malam SIAKAD"
    assert picture.get("role") == "img"


def test_words_from_outside_stay_words():
    picture = nights.ribbon([Night(DAY, Mark.GOOD, "<script>")], 'a "name" <b>')
    assert "<script>" not in picture
    assert drawn(picture).get("aria-label") == 'a "name" <b>'


def test_a_year_has_a_cell_for_every_date_and_rings_today():
    months = [date(2025, 12, 1)] + [date(2026, n, 1) for n in range(1, 12)]
    cells = {DAY: Night(DAY, Mark.FAILED, "gagal")}
    picture = drawn(nights.year(cells, months, DAY, "Setahun", lambda first: f"{first:%m}"))
    rects = picture.findall("s:rect", SVG)
    assert sum(rect.get("class") == "n-none" for rect in rects) == 364
    assert sum(rect.get("class") == "n-pick" for rect in rects) == 1
    assert picture.find("s:g/s:title", SVG).text == "gagal"


@pytest.mark.parametrize(
    ("values", "lines"),
    [([], 0), ([5.0], 0), ([1.0, 2.0, 3.0], 1), ([1.0, 2.0, None, 4.0, 5.0], 2), ([None, 4.0], 0)],
)
def test_a_line_keeps_its_gaps(values, lines):
    for picture in (charts.spark(values, "ukuran"), trend(values)):
        assert len(drawn(picture).findall("s:polyline", SVG)) == lines


def trend(values):
    return charts.trend(
        values, y_word=str, x_words={0: "Nov"} if values else {}, last_word="kini", label="ukuran"
    )


def test_a_trend_names_its_last_known_value_at_its_end():
    texts = [text.text for text in drawn(trend([1.0, 2.0, None])).findall("s:text", SVG)]
    assert texts.count("kini") == 1


def test_a_trend_that_stands_still_is_drawn_inside_its_grid():
    dot = drawn(trend([7.0, 7.0])).find("s:circle", SVG)
    assert 12 < float(dot.get("cy")) < 12 + 170


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (39.4, 48.2, [35.0, 40.0, 45.0, 50.0]),
        (0, 0, [0.0, 0.5, 1.0]),
        (5, 5, [0.0, 5.0, 10.0]),
        (-3, 3, [-5.0, 0.0, 5.0]),
    ],
)
def test_grid_lines_are_few_and_round(low, high, ticks):
    assert charts.nice_ticks(low, high) == ticks


@pytest.mark.parametrize(
    ("high", "ticks"), [(1, [0, 1]), (3, [0, 1, 2, 3]), (7, [0, 5, 10]), (31, [0, 20, 40])]
)
def test_grid_lines_of_a_count_are_whole(high, ticks):
    assert charts.nice_ticks(0, high, whole=True) == ticks
