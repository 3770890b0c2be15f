"""What starts on another machine: it makes our modules out of their text and does one order.

Sent whole by standard input, run by `python3 -I -`; whatever arrives cut off does nothing, for the
order is its last line. Any Python 3 can read it, to say that it is too old for the rest.
"""

import json
import sys
import types
from typing import Any

BEGUN = "pulih-begun/1"
MARK = "pulih-answer/1 "
OLDEST = (3, 9)


def do(sources: "list[Any]", order: "list[Any]") -> None:
    """Say that it begins, then in one line what the order gave, or why it could not be done."""
    sys.stdout.write("\n" + BEGUN + "\n")
    sys.stdout.flush()
    if sys.version_info[:2] < OLDEST:
        told = {"python": "{}.{}".format(*sys.version_info[:2])}
    else:
        told = _done(sources, order)
    sys.stdout.write("\n" + MARK + json.dumps(told) + "\n")


def _done(sources: "list[Any]", order: "list[Any]") -> "dict[str, Any]":
    try:
        return {"answer": _hands(sources).answer(*order)}
    except OSError as error:
        name = (
            error.filename.decode("utf-8", "replace") if isinstance(error.filename, bytes) else ""
        )
        return {"errno": error.errno, "why": error.strerror or str(error), "name": name}
    except ValueError as error:
        return {"value": str(error)}


def _hands(sources: "list[Any]") -> types.ModuleType:
    """Return the last of the modules; each comes after those that it needs."""
    for name, text in sources:
        module = types.ModuleType(name)
        sys.modules[name] = module
        exec(compile(text, name, "exec"), module.__dict__)  # noqa: S102 - our own text, sent by us
        above, _, own = name.rpartition(".")
        if above:
            setattr(sys.modules[above], own, module)
    return module
