"""A database server that stays down in mid-swap: the restore waits, and ends by itself."""

from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import pytest
from django.test import Client

from backups.explanations import explain
from backups.jobs import restore, settling, sweep, undo
from backups.models import Alert, JobState, RestoreJob
from backups.restoring import order_undo
from backups.sandbox.mariadb import mariadb
from backups.sandbox.postgresql import postgresql
from backups.specs import WHOLE, Credential
from portal.accounts.models import Role
from portal.lib import clock
from tests.app.people import person, prove
from tests.contracts import target_mariadb, target_postgresql
from tests.contracts.replacer_contract import contents
from tests.real.killing import AT_WORK, BEGUN, at, killable
from tests.real.restores import backed_up, restored, source_of
from tests.servers import execute

KINDS = {"postgresql": (postgresql, target_postgresql), "mariadb": (mariadb, target_mariadb)}


@pytest.fixture(scope="module", params=KINDS)
def server(request, tmp_path_factory):
    start = partial(KINDS[request.param][0], tmp_path_factory.mktemp("s"), durable=True)
    with killable(start) as server:
        server.kind = request.param
        yield server


@pytest.fixture
def world(server, vaults, tmp_path, monkeypatch):
    """Give a damaged source with a good night; nobody here waits three minutes."""
    monkeypatch.setattr(settling, "SERVER_BACK_SECONDS", 0.0)
    server.start()
    place = tmp_path / "living"
    place.mkdir()
    given = SimpleNamespace(getfixturevalue=lambda _: server.server)
    with KINDS[server.kind][1].living(given, place) as target:
        yield World(target, server, tmp_path / "held")
        server.start()


class World:
    """A source, its good night, and what it holds, by digest."""

    def __init__(self, target, server, folder):
        self.target, self.folder = target, folder
        self.night = backed_up(source_of(target.spec))
        self.good = self.held()
        target.damage(WHOLE)
        administrator = Credential(server.server.username, server.server.password)
        if server.kind == "postgresql":  # else a sequence may skip what its log alone had noted
            execute(replace(target.spec, read=administrator), "CHECKPOINT")
        self.old = self.held()
        self.names = target.names()

    def held(self):
        self.folder = self.folder.with_name(f"{self.folder.name}+")
        return contents(self.target, self.target.spec, self.folder)


def browser():
    client, analyst = Client(), person("agus", Role.ANALYST)
    client.force_login(analyst)
    prove(client, analyst)
    return client


def rung(job):
    """Let the minute-wise care look; say whether it rang for this row."""
    sweep.ring_waiting(clock.now())
    job.refresh_from_db()
    return job.rung_at is not None


def see_it_wait(job, task):
    """See that the row waits, asks again at each ring, is told loudly, and says what to do."""
    for _ in range(2):
        job.refresh_from_db()
        assert (job.state, job.waits_for_target) == (JobState.QUEUED, True)
        assert rung(job)
        assert task.run(job.pk, clock.now()) == JobState.QUEUED
    assert Alert.objects.get(cleared_at=None).facts["error_kind"] == "TargetAway"
    row = job if isinstance(job, RestoreJob) else job.restore
    page = browser().get(row.get_absolute_url()).content.decode()
    assert all(words in page for words in explain("TargetAway"))


@pytest.mark.parametrize("moment", [BEGUN, AT_WORK])
def test_a_restore_whose_server_stays_down_in_the_swap_ends_by_itself_once_it_is_up(
    world, server, moment, monkeypatch
):
    with monkeypatch.context() as patched:
        at(patched, "swap", moment, server.kill)
        job = restored(world.night)
    see_it_wait(job, restore)
    server.start()
    assert rung(job)
    restore.run(job.pk, clock.now())
    job.refresh_from_db()
    swapped = job.outcome == "restored"
    assert swapped or job.state == JobState.FAILED
    assert world.held() == (world.good if swapped else world.old)
    assert not Alert.objects.filter(cleared_at=None).exists()
    if swapped:
        undo.run(order_undo(job, clock.now(), rung=False).pk, clock.now())
    assert world.held() == world.old
    assert world.target.names() == world.names


def test_an_undo_whose_server_stays_down_in_the_swap_ends_by_itself_once_it_is_up(
    world, server, monkeypatch
):
    undoing = order_undo(restored(world.night), clock.now(), rung=False)
    with monkeypatch.context() as patched:
        at(patched, "swap", BEGUN, server.kill)
        assert undo.run(undoing.pk, clock.now()) == JobState.QUEUED
    see_it_wait(undoing, undo)
    server.start()
    assert rung(undoing)
    assert undo.run(undoing.pk, clock.now()) == JobState.GOOD
    assert world.held() == world.old
    assert world.target.names() == world.names
