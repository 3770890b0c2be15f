"""A folder of another machine through the whole pipeline: proven, live, undone, and beside."""

import shutil

import pytest

from backups.jobs import undo
from backups.models import JobState, RestoreTarget
from backups.registering import add_source
from backups.restoring import order_undo
from backups.wiring import worker_ssh_key
from portal.lib import clock
from tests import sshd
from tests.contracts import target_files
from tests.contracts.replacer_contract import contents
from tests.real.restores import backed_up, restored


@pytest.fixture
def target(request, tmp_path):
    folder = tmp_path / "target"
    folder.mkdir()
    with (
        target_files.living(request, folder) as target,
        sshd.running(tmp_path / "sshd") as server,
    ):
        worker_ssh_key().parent.mkdir(parents=True, exist_ok=True)
        for half in ("", ".pub"):  # ssh offers the public half that lies beside a private key
            shutil.copy(f"{server.key_file}{half}", f"{worker_ssh_key()}{half}")
        target.address = server.address
        yield target


def test_it_comes_back_beside_and_live_and_the_damage_can_be_had_again(target, vaults, tmp_path):
    source = add_source(
        "Arsip jauh", now=clock.now(), engine="files", path=target.spec.path, ssh=target.address
    )
    night = backed_up(source)
    good = contents(target, target.spec, tmp_path / "good")
    target.damage(target.scopes[0])
    damaged = contents(target, target.spec, tmp_path / "damaged")
    beside = restored(night, RestoreTarget.BESIDE, target_name="berkas-lama")
    assert (beside.state, beside.error) == (JobState.GOOD, "")
    assert contents(target, target.spec, tmp_path / "untouched") == damaged
    job = restored(night)
    assert (job.state, job.error) == (JobState.GOOD, "")
    assert job.objects_equal == job.objects_total > 0
    assert contents(target, target.spec, tmp_path / "live") == good
    undoing = order_undo(job, clock.now(), rung=False)
    assert undo.run(undoing.pk, clock.now()) == JobState.GOOD
    assert contents(target, target.spec, tmp_path / "undone") == damaged
    assert target.names() == {"berkas", "berkas-lama"}
