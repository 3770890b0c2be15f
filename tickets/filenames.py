"""Names of files that people send, made harmless. Pure."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 120
NAMELESS = "berkas"
SEPARATORS = re.compile(r"[/\\:]")
FORBIDDEN = re.compile(r'[<>"|?*%#&;`$]')
BLANKS = re.compile(r"\s+")
# Control and format characters: among the latter those that turn the direction of writing, by
# which "exe.pdf" can be made to read "fdp.exe".
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def clean(name: str) -> str:
    """Return a name that is safe on every system and in every header, keeping its extension."""
    name = unicodedata.normalize("NFC", name)
    name = "".join(c for c in name if unicodedata.category(c) not in INVISIBLE)
    name = SEPARATORS.split(name)[-1]
    name = BLANKS.sub(" ", FORBIDDEN.sub("_", name)).strip(" .")
    stem, ending = split(name)
    stem = stem[: LONGEST - len(ending)].strip(" .") or NAMELESS
    return stem + ending


def split(name: str) -> tuple[str, str]:
    """Return a name's stem and its extension in small letters with its dot, "" where none is."""
    stem, dot, ending = name.rpartition(".")
    if not dot or not stem or not ending.isalnum() or not ending.isascii() or len(ending) > 8:  # noqa: PLR2004
        return name, ""
    return stem, f".{ending.lower()}"
