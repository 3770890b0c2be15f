"""What a files source leaves out: one grammar, spoken to our walk, to restic and to rsync.

A pattern without a slash means entries of that name anywhere; with a slash inside, the end of
a path anywhere; with a slash in front, a path from the source's root. `*`, `?` and `[a-z]` stay
within a name, `**` spans any number of folders, a backslash makes the next character plain.
Whatever lies below a left-out folder is left out too. This is restic's own grammar, tied to the
source's root, so that what the manifest lists and what restic stores cannot differ.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from backups.errors import SourceRefused
from backups.specs import SourceSpec

_TOKEN = re.compile(
    r"\\(?P<plain>.)|(?P<star>\*+)|(?P<one>\?)"
    r"|\[(?P<other>[!^]?)(?P<set>(?:\\.|[^\]\\])+)\]|(?P<char>.)",
    re.DOTALL,
)
_SET_ITEM = re.compile(r"(?P<low>\\.|[^\\])(?:-(?P<high>\\.|[^\\]))?", re.DOTALL)
_RESTIC_SPECIAL = re.compile(r"([\\*?\[\]])")
_MORE_THAN_RSYNC_AND_WE_AGREE_ON = re.compile(r"[?\[\\]|\*\*")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One exclude: as it was written, its names, and whether it holds from the root on."""

    written: str
    names: tuple[str, ...]
    anchored: bool

    def regex(self) -> str:
        """Return a regular expression for whole paths relative to the root."""
        folders = [r"(?:[^/]+/)*" if name == "**" else _regex(name) + "/" for name in self.names]
        start = "" if self.anchored else r"(?:[^/]+/)*"
        return start + "".join(folders)[:-1]

    def restic(self, root: str) -> str:
        """Return an absolute pattern for restic's --exclude."""
        names = self.names if self.anchored else ("**", *self.names)
        return "/".join((escape(root.rstrip("/")), *map(_restic, names)))


class Excludes:
    """A source's patterns, ready for use. Raises SourceRefused when one cannot be understood."""

    def __init__(self, spec: SourceSpec) -> None:
        try:
            self.patterns = tuple(filter(None, map(_parse, spec.excludes)))
        except ValueError as error:
            raise SourceRefused(
                f"{spec.name}: the exclude pattern {error.args[0]!r} cannot be understood.",
                advice="Correct it in the source's list of excludes.",
            ) from error
        self._match = re.compile("|".join(pattern.regex() for pattern in self.patterns), re.DOTALL)

    def __bool__(self) -> bool:
        return bool(self.patterns)

    def match(self, path: bytes) -> bool:
        """Return True when `path`, relative to the root, is left out."""
        return self._match.fullmatch(path.decode("utf-8", "surrogateescape")) is not None

    def cover(self, path: bytes) -> bool:
        """Return True when `path` or a folder above it is left out."""
        names = path.split(b"/")
        return any(self.match(b"/".join(names[:end])) for end in range(1, len(names) + 1))

    def restic(self, root: str) -> tuple[str, ...]:
        """Return the patterns for restic, tied to the absolute path `root`."""
        return tuple(pattern.restic(root) for pattern in self.patterns)

    def rsync(self) -> tuple[str, ...]:
        """Return rsync filter rules for the plain ones; the walk leaves out the others anyway."""
        return tuple(
            f"- {'/' if pattern.anchored else ''}{'/'.join(pattern.names)}"
            for pattern in self.patterns
            if not _MORE_THAN_RSYNC_AND_WE_AGREE_ON.search(pattern.written)
        )


def escape(path: str) -> str:
    """Return a path as a restic pattern that means just this path."""
    return _RESTIC_SPECIAL.sub(r"\\\1", path)


def _parse(written: str) -> Pattern | None:
    names = [name for name in written.split("/") if name not in ("", ".")]
    while names and names[-1] == "**":  # restic reads a/** as a
        names.pop()
    if not names:
        return None
    pattern = Pattern(written, tuple(names), written.startswith("/"))
    try:
        re.compile(pattern.regex())
    except re.error as error:
        raise ValueError(written) from error
    if ".." in names:
        raise ValueError(written)
    return pattern


def _regex(name: str) -> str:
    return "".join(map(_regex_token, _TOKEN.finditer(name)))


def _regex_token(token: re.Match[str]) -> str:
    if token["star"]:
        return "[^/]*"
    if token["one"]:
        return "[^/]"
    if token["set"]:
        items = (f"{re.escape(low)}-{re.escape(high)}" for low, high in _items(token["set"]))
        return f"(?!/)[{'^' if token['other'] else ''}{''.join(items)}]"
    return re.escape(token["plain"] or token["char"])


def _restic(name: str) -> str:
    return name if name == "**" else "".join(map(_restic_token, _TOKEN.finditer(name)))


def _restic_token(token: re.Match[str]) -> str:
    if token["star"]:
        return "*"
    if token["one"]:
        return "?"
    if token["set"]:
        items = (f"\\{low}-\\{high}" for low, high in _items(token["set"]))
        return f"[{'^' if token['other'] else ''}{''.join(items)}]"
    return escape(token["plain"] or token["char"])


def _items(body: str) -> list[tuple[str, str]]:
    """Return the ranges of a character set, single characters as ranges of one."""
    return [
        (item["low"][-1], (item["high"] or item["low"])[-1]) for item in _SET_ITEM.finditer(body)
    ]
