"""The normal form of a definition: as PostgreSQL prints it once it has been restored. Pure.

A reload changes how two things print, though not what they mean:
- `x IN ('a', 'b')` over varchar: `(ARRAY['a'::varchar, ...])::text[]` becomes
  `ARRAY[('a'::varchar)::text, ...]` (transformTypeCast in parse_expr.c);
- `a BETWEEN 1 AND 5 AND b`: `((x AND y) AND b)` becomes `(x AND y AND b)`, and the same
  with OR (makeAndExpr in gram.y).
Without it no database with such a CHECK would ever equal its own restored backup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

_TOKEN = re.compile(
    r"""'[^']*' | "[^"]*" | \$(\w*)\$.*?\$\1\$ | [()\[\]] | [^'"$()\[\]]+ | .""",
    re.DOTALL | re.VERBOSE,
)
_CAST = re.compile(r"::[\w. ]+")
_QUOTES = ("'", '"', "$")
_OPENING, _CLOSING = ("(", "["), (")", "]")


@dataclass(frozen=True, slots=True)
class _Group:
    """What stands between two brackets, these included; `elements` if it is `(ARRAY[...])`."""

    parts: tuple[_Part, ...]
    text: str
    joiner: str
    elements: tuple[str, ...] = ()


_Part = str | _Group


def normal_form(definition: str) -> str:
    """Return the definition as it would read after a restore; unpaired brackets change nothing."""
    if "(ARRAY[" not in definition and ") AND " not in definition and ") OR " not in definition:
        return definition
    levels: list[list[_Part]] = [[]]
    for match in _TOKEN.finditer(definition):
        token = match[0]
        if token in _OPENING:
            levels.append([])
        levels[-1].append(token)
        if token in _CLOSING:
            if len(levels) == 1:
                return definition
            group = _closed(levels.pop())
            levels[-1].append(group)
    return _text(_casts_spread(levels[0])) if len(levels) == 1 else definition


def _closed(parts: list[_Part]) -> _Group:
    parts = _flattened(_casts_spread(parts))
    return _Group(tuple(parts), _text(parts), _joiner(parts), _array_elements(parts))


def _text(parts: list[_Part] | tuple[_Part, ...]) -> str:
    return "".join(part if isinstance(part, str) else part.text for part in parts)


def _casts_spread(parts: list[_Part]) -> list[_Part]:
    """Turn every `(ARRAY[a, b])` `::type` `[]` of this level into `ARRAY[(a)::type, (b)::type]`."""
    return list(chain.from_iterable(_spread_each(parts)))


def _spread_each(parts: list[_Part]) -> Iterator[list[_Part]]:
    position = 0
    while position < len(parts):
        match parts[position : position + 3]:
            case [_Group(elements=elements), str(cast), _Group(text="[]")] if (
                elements and _CAST.fullmatch(cast)
            ):
                yield ["ARRAY[" + ", ".join(f"({each}){cast}" for each in elements) + "]"]
                position += 3
            case [part, *_]:
                yield [part]
                position += 1


def _flattened(parts: list[_Part]) -> list[_Part]:
    """Lift a leading group into this one where both are joined by the same AND or OR."""
    match parts:
        case ["(", _Group(parts=inner, joiner=joiner), str(next_word), *_] if (
            joiner and inner[0] == "(" and next_word.startswith(joiner) and joiner == _joiner(parts)
        ):
            return ["(", *inner[1:-1], *parts[2:]]
    return parts


def _joiner(parts: list[_Part]) -> str:
    """Return the one operator, " AND " or " OR ", that joins this level; "" if none or both do."""
    plain = "\0".join(part for part in parts if isinstance(part, str) and _is_plain(part))
    found = [word for word in (" AND ", " OR ") if word in plain]
    return found[0] if len(found) == 1 else ""


def _is_plain(token: str) -> bool:
    return not token.startswith(_QUOTES)


def _array_elements(parts: list[_Part]) -> tuple[str, ...]:
    match parts:
        case ["(", "ARRAY", _Group(parts=("[", *inner, "]")), ")"]:
            split = (
                part.replace(", ", "\0") if isinstance(part, str) and _is_plain(part) else part
                for part in inner
            )
            return tuple(_text(list(split)).split("\0"))
    return ()
