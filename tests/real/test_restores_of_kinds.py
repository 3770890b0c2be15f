"""Restores of MariaDB, SQLite and folders through the whole pipeline: proven, live, undone."""

import shutil

import pytest

from backups.jobs import undo
from backups.models import JobState
from backups.restoring import order_undo
from backups.wiring import spec_of
from portal.lib import clock
from tests.contracts import target_files, target_mariadb, target_sqlite
from tests.contracts.replacer_contract import contents
from tests.real.restores import backed_up, restored, source_of

KINDS = {"files": target_files, "mariadb": target_mariadb, "sqlite": target_sqlite}


@pytest.fixture(params=KINDS)
def target(request, tmp_path):
    folder = tmp_path / "target"
    folder.mkdir()
    with KINDS[request.param].living(request, folder) as target:
        yield target


@pytest.mark.parametrize("part", [0, 1], ids=["whole", "part"])
def test_what_was_lost_comes_back_and_the_damage_can_be_had_again(target, part, vaults, tmp_path):
    source, scope = source_of(target.spec), target.scopes[part]
    night = backed_up(source)
    good = contents(target, target.spec, tmp_path / "good")
    target.damage(scope)
    damaged = contents(target, target.spec, tmp_path / "damaged")
    job = restored(night, scope={"kind": str(scope.kind), "names": list(scope.names)})
    assert (job.state, job.error) == (JobState.GOOD, "")
    assert job.objects_equal == job.objects_total > 0
    live = contents(target, spec_of(source), tmp_path / "live")
    brought = {key for key in good if scope.is_whole or key[1] in scope.names}
    assert {key: live[key] for key in brought} == {key: good[key] for key in brought}
    target.write_more()
    undoing = order_undo(job, clock.now(), rung=False)
    assert undo.run(undoing.pk, clock.now()) == JobState.GOOD
    assert contents(target, target.spec, tmp_path / "undone") == damaged


def test_a_database_file_that_is_torn_comes_back(vaults, tmp_path, request):
    with target_sqlite.living(request, tmp_path) as target:
        source = source_of(target.spec)
        night = backed_up(source)
        good = contents(target, target.spec, tmp_path / "good")
        shutil.copyfile("/dev/null", target.spec.path)
        with open(target.spec.path, "wb") as file:  # noqa: PTH123 - a spec's path is text
            file.write(b"SQLite format 3\0" + b"\xff" * 5000)
        job = restored(night)
        assert (job.state, job.error) == (JobState.GOOD, "")
        assert contents(target, target.spec, tmp_path / "live") == good
