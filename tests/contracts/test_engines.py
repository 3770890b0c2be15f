"""One contract, every engine. A new engine adds its line here."""

from importlib import import_module

import pytest

from backups.engines.registry import ENGINES
from tests.contracts.engine_contract import EngineContract

# Each module has KIND and living(request, folder), a context manager that yields a LivingSource.
SOURCES = (
    "tests.contracts.source_files",
    "tests.contracts.source_files_remote",
    "tests.contracts.source_mariadb",
    "tests.contracts.source_postgresql",
    "tests.contracts.source_sqlite",
)


def test_every_engine_is_held_to_the_contract():
    assert {import_module(name).KIND for name in SOURCES} == set(ENGINES)


class TestEngines(EngineContract):
    @pytest.fixture(params=SOURCES, ids=lambda name: name.rpartition("_")[2])
    def source(self, request, tmp_path):
        folder = tmp_path / "source"
        folder.mkdir()
        with import_module(request.param).living(request, folder) as source:
            yield source
