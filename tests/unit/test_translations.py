"""English is complete: every string that a person reads has its translation, none is doubtful."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BASE = Path(__file__).resolve().parents[2]
CATALOGUE = Path("portal/locale/en/LC_MESSAGES/django.po")
ENTRY = re.compile(
    r'((?:^#.*\n)*)^msgid ((?:".*"\n)+)(?:^msgid_plural (?:".*"\n)+)?((?:^msgstr.*\n(?:".*"\n)*)+)',
    re.MULTILINE,
)
PLACES = re.compile(r"%\(\w+\)\w+")


@pytest.fixture(scope="module")
def entries(tmp_path_factory) -> list[tuple[str, str, str]]:
    """Give (flags, msgid, msgstr) of every string that the code and the pages hold today."""
    copy = tmp_path_factory.mktemp("words")
    for room in ("portal", "backups", "tickets", "templates"):
        shutil.copytree(BASE / room, copy / room, ignore=shutil.ignore_patterns("static", "*.pyc"))
    subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "-l", "en", "--no-location"],
        cwd=copy,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "portal.settings", "PYTHONPATH": str(copy)},
        check=True,
        capture_output=True,
    )
    text = (copy / CATALOGUE).read_text() + "\n"
    return [(flags, msgid, msgstr) for flags, msgid, msgstr in ENTRY.findall(text)][1:]


def test_no_string_lacks_its_english(entries):
    assert [
        msgid
        for _flags, msgid, msgstr in entries
        if re.search(r'^msgstr.* ""\n(?!")', msgstr, re.MULTILINE)
    ] == []


def test_no_english_string_is_doubtful(entries):
    assert [msgid for flags, msgid, _msgstr in entries if "fuzzy" in flags] == []


def test_every_translation_keeps_the_places_to_fill(entries):
    assert [
        msgid
        for _flags, msgid, msgstr in entries
        if not set(PLACES.findall(msgstr)) <= set(PLACES.findall(msgid))
        and "msgstr[0]" not in msgstr
    ] == []
