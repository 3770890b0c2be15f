"""How the SQL text of a dump is read: names, quotes, comments, and where a statement ends.

As the mariadb client reads it: a delimiter inside quotes or a comment ends nothing, and the SQL
mode decides what a backslash means. `/*! ... */` is code, not a comment.
"""

from __future__ import annotations

import re
from functools import cache

NAME = rb'(?:`(?:[^`]|``)*`|"(?:[^"]|"")*"|[\w$\x80-\xff]+)'

_BLANK = rb"(?:\s|/\*(?!M?!).*?\*/|--\s[^\n]*\n|\#[^\n]*\n)"
_UP_TO = {
    b"`": re.compile(rb"[^`]*`"),
    b"/*": re.compile(rb".*?\*/", re.DOTALL),
    b"'": re.compile(rb"[^']*'"),
    b'"': re.compile(rb'[^"]*"'),
}
_UP_TO_UNESCAPED = {
    b"'": re.compile(rb"[^'\\]*(?:\\.[^'\\]*)*'", re.DOTALL),
    b'"': re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL),
}
_UP_TO_NOTHING = re.compile(rb"")
_UP_TO_LINE_END = re.compile(rb"[^\n]*\n")
_AUTO_INCREMENT = re.compile(rb"^(\) ENGINE=\w+) AUTO_INCREMENT=\d+", re.MULTILINE)
_DEFINITION_END = re.compile(rb"\s*(?:\*/)?\s*\Z")

DEFINITION = re.compile(
    rb"""
    (?:/\*!\d+\ )?CREATE(?:\ ALGORITHM=\w+)?\s*(?:\*/)?\s+
    (?:(?:/\*!\d+\ )?DEFINER=%(n)s(?:@%(n)s)?(?:\ SQL\ SECURITY\ \w+)?\s*(?:\*/)?\s+)?
    (?:/\*!\d+\ )?(?:AGGREGATE\s+)?
    (?P<kind>TABLE|SEQUENCE|VIEW|TRIGGER|EVENT|FUNCTION|PROCEDURE|PACKAGE\ BODY|PACKAGE)%(b)s+
    (?:IF%(b)s+NOT%(b)s+EXISTS%(b)s+)?
    (?P<schema>%(n)s%(b)s*\.%(b)s*)?(?P<name>%(n)s)
    (?:%(b)s+(?:BEFORE|AFTER)%(b)s+(?:\w+%(b)s+)+?ON%(b)s+(?P<on>%(n)s%(b)s*\.%(b)s*)?%(n)s)?
    """
    % {b"n": NAME, b"b": _BLANK},
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


def statement_end(text: bytes, begin: int, delimiter: bytes, sql_mode: bytes = b"") -> int:
    """Return where the delimiter stands that ends the statement at `begin`; -1: not in here."""
    token = _token(delimiter)
    at = begin
    while found := token.search(text, at):
        if found[0] == delimiter:
            return found.start()
        closed = _closing(found[0], sql_mode).match(text, found.end())
        if not closed:
            return -1
        at = closed.end()
    return -1


@cache
def _token(delimiter: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"['\"`]|/\*(?!M?!)|--\s|#|" + re.escape(delimiter))


def _closing(token: bytes, sql_mode: bytes) -> re.Pattern[bytes]:
    """Return what runs to the end of the quotes or the comment that `token` opened."""
    if token[:1] in b"-#":
        return _UP_TO_NOTHING if token == b"--\n" else _UP_TO_LINE_END
    verbatim = b"NO_BACKSLASH_ESCAPES" in sql_mode or (token == b'"' and b"ANSI" in sql_mode)
    return _UP_TO[token] if verbatim or token not in _UP_TO_UNESCAPED else _UP_TO_UNESCAPED[token]


def plain_name(quoted: bytes) -> str:
    """Return a name without its quotes."""
    mark = quoted[:1]
    if mark in {b"`", b'"'}:
        quoted = quoted[1:-1].replace(mark * 2, mark)
    return quoted.decode("utf-8", "surrogateescape")


def quoted(name: str) -> str:
    """Return a name as SQL spells it."""
    return "`" + name.replace("`", "``") + "`"


def fingerprint_text(definition: bytes) -> bytes:
    """Return a definition as it is compared: without AUTO_INCREMENT, which moves with the rows.

    Nor does the closing count, which the clients space differently.
    """
    return _DEFINITION_END.sub(b"", _AUTO_INCREMENT.sub(rb"\1", definition))


def trigger_of_any_schema(definition: bytes, found: re.Match[bytes]) -> bytes:
    """Return a trigger's definition without the database's name before its own and its table's.

    The server gives both back as they were typed; loaded into a copy beside the original, such
    a trigger would be made in the original.
    """
    for start, end in (found.span("on"), found.span("schema")):
        if start >= 0:
            definition = definition[:start] + definition[end:]
    return definition
