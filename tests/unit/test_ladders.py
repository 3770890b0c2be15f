"""docs/arsitektur.md follows the data by name; every name on it must exist."""

import re
from pathlib import Path
from pkgutil import resolve_name

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "arsitektur.md"
RUNGS = sorted(
    {
        match[1]
        for block in re.findall(r"```\n(.*?)```", PAGE.read_text(), re.DOTALL)
        for match in re.finditer(r"^((?:portal|backups|tickets)(?:\.\w+)+)", block, re.MULTILINE)
    }
)


def test_the_page_names_the_night():
    assert len(RUNGS) > 15


@pytest.mark.parametrize("rung", RUNGS)
def test_every_rung_of_every_ladder_exists(rung):
    assert resolve_name(rung) is not None  # raises where a module or a name in it is missing


def test_every_task_address_resolves_to_something_callable():
    from backups.orders import TASKS  # noqa: PLC0415 - models need Django to be ready
    from portal.lib.queue import resolve  # noqa: PLC0415
    from portal.schedule import TIMETABLE  # noqa: PLC0415

    addresses = [address for address, _ in TASKS.values()] + [bell.task for bell in TIMETABLE]
    assert len(addresses) == len(TASKS) + len(TIMETABLE)
    assert all(callable(resolve(address)) for address in addresses)


def test_every_test_that_the_page_of_faults_names_exists():
    named = re.findall(r"`(test_\w+)`", PAGE.with_name("gangguan.md").read_text())
    tests = "".join(path.read_text() for path in Path(__file__).parents[1].rglob("*.py"))
    assert len(named) > 25
    assert [name for name in named if f"def {name}(" not in tests] == []
