"""The design system keeps its promises: contrast, no inline style, every icon there and used."""

import json
import re
from itertools import product
from pathlib import Path

import pytest

BASE = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((BASE / "templates").rglob("*.html"))
SHEETS = sorted((BASE / "portal/static/css").glob("*.css"))
TOKEN = re.compile(r"--pl-([\w-]+): light-dark\((#\w{6}), (#\w{6})\)")
SURFACES = ("ground", "paper", "sunk")


def tokens() -> dict[str, tuple[str, str]]:
    text = (BASE / "portal/static/css/tokens.css").read_text()
    return {name: (day, night) for name, day, night in TOKEN.findall(text)}


def luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TEXTS = [
    *product(("ink", "ink-2", "ink-3"), (*SURFACES, "accent-soft")),
    *((f"{tone}-text", f"{tone}-soft") for tone in ("good", "warn", "bad", "pause")),
    *((f"{tone}-text", "paper") for tone in ("good", "warn", "bad", "pause")),
    *product(("ink-2",), ("good-soft", "warn-soft", "bad-soft", "pause-soft")),
    *product(("accent",), (*SURFACES, "accent-soft")),
    ("on-accent", "accent"),
]
EDGES = [("line-strong", "paper"), ("good-line", "paper"), ("focus", "ground"), ("bad", "paper")]


@pytest.mark.parametrize("theme", [0, 1], ids=["day", "night"])
@pytest.mark.parametrize(
    ("ink", "field", "least"),
    [*((*pair, 4.5) for pair in TEXTS), *((*pair, 3.0) for pair in EDGES)],
    ids=str,
)
def test_text_and_meaningful_edges_stand_out(ink, field, least, theme):
    found = tokens()
    assert contrast(found[ink][theme], found[field][theme]) >= least


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_a_raw_colour_stands_only_among_the_tokens(sheet):
    rules = re.sub(r"/\*.*?\*/|url\(.*?\)", "", sheet.read_text(), flags=re.DOTALL)
    if sheet.name != "tokens.css":
        assert not re.findall(r"#[0-9a-fA-F]{3,8}\b", rules)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_every_token_that_is_used_exists(sheet):
    declared = set(
        re.findall(r"(--pl-[\w-]+):", (BASE / "portal/static/css/tokens.css").read_text())
    )
    assert set(re.findall(r"var\((--pl-[\w-]+)", sheet.read_text())) <= declared


@pytest.mark.parametrize("page", TEMPLATES, ids=lambda path: str(path.relative_to(BASE)))
def test_no_page_has_inline_style_or_script(page):
    text = page.read_text()
    assert not re.search(r"\sstyle=|<style|\son\w+=|hx-on|javascript:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)


def test_every_icon_that_a_page_draws_is_in_the_sprite_and_none_lies_idle():
    listed = set(json.loads((BASE / "portal/icons.json").read_text()))
    text = "\n".join(page.read_text() for page in TEMPLATES)
    drawn = set(re.findall(r'{% icon "([\w-]+)" %}', text))
    drawn |= set(re.findall(r'picture="([\w-]+)"', text))
    drawn |= set(re.findall(r'{% rail_link "[\w:-]+" "([\w-]+)"', text))
    drawn |= set(re.findall(r'{% icon picture\|default:"([\w-]+)" %}', text))
    cards = (BASE / "tickets/reporter/report_forms.py").read_text()
    drawn |= {name for name in listed if f'"{name}"' in cards}
    assert drawn == listed
