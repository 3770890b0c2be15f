"""One contract, every replacer. A new one adds its line here."""

from importlib import import_module

import pytest

from backups.engines.registry import REPLACERS
from tests.contracts.replacer_contract import ReplacerContract

# Each module has KIND and living(request, folder), a context manager that yields a LivingTarget.
FAR = "tests.contracts.target_files_far"
TARGETS = (
    "tests.contracts.target_files",
    "tests.contracts.target_mariadb",
    "tests.contracts.target_postgresql",
    "tests.contracts.target_sqlite",
)


def test_every_replacer_is_held_to_the_contract():
    assert {import_module(name).KIND for name in TARGETS} == set(REPLACERS)


class TestReplacers(ReplacerContract):
    @pytest.fixture(params=TARGETS, ids=lambda name: name.rpartition("_")[2])
    def target(self, request, tmp_path):
        folder = tmp_path / "target"
        folder.mkdir()
        with import_module(request.param).living(request, folder) as target:
            yield target


class TestFoldersOverSSH(ReplacerContract):
    """Part of a folder; the whole of one is in tests/real/test_far_swaps.py."""

    @pytest.fixture(params=[1], ids=["part"])
    def scope(self, request, target):
        return target.scopes[request.param]

    @pytest.fixture
    def target(self, request, tmp_path):
        folder = tmp_path / "target"
        folder.mkdir()
        with import_module(FAR).living(request, folder) as target:
            yield target
