"""Every code that an engine's survey can give has its words, and each gives the facts they name."""

import ast
import re
from pathlib import Path

import pytest
from django.utils.translation import override

from backups.specs import Told, some
from backups.survey_words import WORDS, for_row, in_english, words_of

ENGINES = Path(__file__).resolve().parents[2] / "backups" / "engines"
PLACES = re.compile(r"%\((\w+)\)s")


def codes_given() -> set[str]:
    """Return the codes that stand in the engines' source, as Told(...) or as the hands' lists."""
    found = set()
    for path in ENGINES.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Told":
                found |= {arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)}
            elif path.name == "files_hands.py" and isinstance(node, ast.List) and node.elts:
                first, *others = node.elts
                if others and isinstance(first, ast.Constant):
                    found.add(first.value)
    return found


def test_every_code_has_words_and_no_words_are_for_nothing():
    assert codes_given() == set(WORDS)


@pytest.mark.parametrize("code", WORDS)
def test_words_stand_in_both_languages(code):
    facts = dict.fromkeys(PLACES.findall(WORDS[code]), "X")
    told = Told(code, facts)
    with override("id"):
        indonesian = words_of(told)
    assert indonesian != in_english([told]) != code
    assert "%" not in indonesian.replace("PREPARE", "")


def test_many_names_are_told_by_the_first_and_how_many_more():
    told = Told("tables_since", some([f"t{number}" for number in range(1200)]))
    with override("id"):
        assert words_of(told).endswith("t8, t9, dan 1.190 lagi.")


def test_a_row_gives_back_the_same_words_and_an_old_sentence_stays():
    told = Told("no_room", {"folder": "/srv", "needed": 3_000_000, "free": 1000})
    with override("id"):
        (kept,) = for_row([told])
        assert words_of(kept) == words_of(told)
        assert "3,0\N{NO-BREAK SPACE}MB" in words_of(told)
    assert words_of("What an old row says.") == "What an old row says."
