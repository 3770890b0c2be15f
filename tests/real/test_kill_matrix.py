"""The kill matrix of a restore: step x victim x kind, every cell with a real kill -9.

After each: live is by digest all old or all new, nothing runs on, what stands beside is gone, the
next worker has ended or undone it, and the restore's page says how it is and what to do.
"""

import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from types import SimpleNamespace

import pytest
from django.test import Client

from backups.explanations import explain
from backups.jobs import restore, settling, sweep, undo
from backups.models import TO_LIVE, BackupRun, JobState
from backups.restoring import order_undo
from backups.sandbox.mariadb import mariadb
from backups.sandbox.postgresql import postgresql
from backups.specs import Credential
from portal.accounts.models import Role
from portal.lib import clock
from tests import mariadb_servers
from tests.app.people import person, prove
from tests.contracts import target_files, target_mariadb, target_postgresql, target_sqlite
from tests.contracts.engine_contract import children
from tests.contracts.replacer_contract import contents
from tests.real.killing import (
    AT_WORK,
    BEGUN,
    DONE,
    EndedBefore,
    at,
    kill_program,
    killable,
    worker_killed,
)
from tests.real.restores import backed_up, ordered, source_of
from tests.servers import execute, fetch, until

STEPS = tuple(map(str, TO_LIVE))
PLAN, SAFETY, FETCH, LOAD, PROVE, SWAP, PROBE, KEEP = STEPS
BY_PROGRAMS = {  # the steps in which a program works: the worker dies beside it too
    "postgresql": (PLAN, SAFETY, FETCH, LOAD, PROVE, SWAP),
    "mariadb": (PLAN, SAFETY, FETCH, LOAD, PROVE, SWAP),
    "sqlite": (PLAN, SAFETY, FETCH),
    "files": (PLAN, SAFETY, FETCH),
}
SERVERS = {"postgresql": postgresql, "mariadb": mariadb}
TARGETS = {
    "postgresql": target_postgresql,
    "mariadb": target_mariadb,
    "sqlite": target_sqlite,
    "files": target_files,
}
SWAPPED = {(SWAP, DONE), (PROBE, BEGUN), (PROBE, DONE), (KEEP, BEGUN), (KEEP, DONE)}
"""Where the new is live already; MariaDB in mid-swap may have come to either side."""


@pytest.fixture(scope="module")
def server_of(tmp_path_factory):
    """Give a server of a kind that can be killed, started when it is first asked for."""
    running = {}
    with ExitStack() as stack:

        def running_one(kind):
            if kind not in running:
                start = partial(SERVERS[kind], tmp_path_factory.mktemp("s"), durable=True)
                running[kind] = stack.enter_context(killable(start))
            running[kind].start()
            return running[kind]

        yield running_one


class World:
    """One damaged source of a kind with a good night behind it, and what it held when."""

    def __init__(self, target, folder, server):
        self.target, self.folder, self.server = target, folder, server
        self.source = source_of(target.spec)
        self.night = backed_up(self.source)
        self.good = self.held()
        target.damage(target.scopes[0])
        if target.engine.kind == "postgresql":
            _write_out(target, server)
        self.old = self.held()
        self.names = target.names()
        self.children = self.others()
        self.browser = _browser()

    def others(self):
        """Return the processes that run beside the server."""
        return children() - {self.server.server.pid if self.server else 0}

    def held(self):
        """Return the living contents, by digest."""
        self.folder = self.folder.with_name(f"{self.folder.name}+")
        return contents(self.target, self.target.spec, self.folder)

    def settled(self, job, *, swapped):
        """See that all is old or new, that nothing is left, and go back to the old."""
        job.refresh_from_db()
        live = self.held()
        if swapped is None:
            swapped = live != self.old
        assert live == (self.good if swapped else self.old)
        assert job.outcome == ("restored" if swapped else "failed")
        assert job.can_undo(clock.now()) == swapped
        assert self.others() == self.children
        assert not BackupRun.objects.filter(state=JobState.RUNNING).exists()
        self.read(job, swapped=swapped)
        if swapped:
            self.undone(job)
        assert self.target.names() == self.names

    def read(self, job, *, swapped):
        """See that the page says how it is and what to do."""
        page = self.browser.get(job.get_absolute_url()).content.decode()
        if swapped:
            assert "sekarang berisi salinan" in page
            assert 'id="kembalikan"' in page
        else:
            assert "tetap seperti sebelumnya." in page
            assert explain(job.error_kind)[1] in page
            assert job.error

    def undone(self, job):
        undoing = order_undo(job, clock.now(), rung=False)
        assert undo.run(undoing.pk, clock.now()) == JobState.GOOD
        assert self.held() == self.old


STILL_AT_WORK = {
    "postgresql": "SELECT 1 FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    " AND backend_type = 'client backend'",
    "mariadb": "SELECT 1 FROM information_schema.processlist WHERE id <> CONNECTION_ID()"
    " AND command NOT IN ('Daemon', 'Killed')",
}
ASKING = {"postgresql": (fetch, "postgres"), "mariadb": (mariadb_servers.fetch, "mysql")}


def ended_on_the_server(world, kind):
    """Wait for the server to end what the dead had asked of it; a sweep comes minutes later."""
    if kind not in SERVERS:
        return
    administrator = Credential(world.server.server.username, world.server.server.password)
    asked, home = ASKING[kind]
    everywhere = replace(world.target.spec, read=administrator, database=home)
    until(lambda: not asked(everywhere, STILL_AT_WORK[kind]))


def _write_out(target, server):
    """Let the server write all to its files: a sequence may skip what only its log had noted."""
    administrator = Credential(server.server.username, server.server.password)
    execute(replace(target.spec, read=administrator), "CHECKPOINT")


def _browser():
    client, analyst = Client(), person("agus", Role.ANALYST)
    client.force_login(analyst)
    prove(client, analyst)
    return client


@pytest.fixture
def world_of(vaults, server_of, tmp_path):
    @contextmanager
    def made(kind):
        server = server_of(kind) if kind in SERVERS else None
        given = SimpleNamespace(getfixturevalue=lambda _: server.server)
        place = tmp_path / "living"
        place.mkdir()
        with TARGETS[kind].living(given, place) as target:
            yield World(target, tmp_path / "held", server)

    return made


@pytest.mark.parametrize("kind", TARGETS)
def test_a_worker_killed_at_any_step_of_any_kind(kind, world_of, monkeypatch, subtests):
    cells = [(step, DONE) for step in STEPS] + [(step, AT_WORK) for step in BY_PROGRAMS[kind]]
    with world_of(kind) as world:
        for step, moment in cells:
            with subtests.test(step=step, moment=moment):
                job = ordered(world.night)
                worker_killed(monkeypatch, job, step, moment)
                ended_on_the_server(world, kind)
                sweep.end_lost_jobs(clock.now() + timedelta(minutes=4))
                job.refresh_from_db()
                assert (job.state, job.recovering) == (JobState.QUEUED, True)
                restore.run(job.pk, clock.now())
                unsure = (kind, step, moment) == ("mariadb", SWAP, AT_WORK)
                world.settled(job, swapped=None if unsure else (step, moment) in SWAPPED)


@pytest.mark.parametrize("kind", SERVERS)
def test_a_server_killed_at_any_step(kind, world_of, monkeypatch, subtests):
    moments = {SAFETY: AT_WORK, LOAD: AT_WORK, PROVE: AT_WORK, SWAP: AT_WORK}
    with world_of(kind) as world:
        waiting = SimpleNamespace(
            monotonic=time.monotonic, sleep=lambda _: world.server.start()
        )  # while it waits for the server, somebody starts it again
        monkeypatch.setattr(settling, "time", waiting)
        for step in STEPS:
            with subtests.test(step=step), monkeypatch.context() as patched:
                job = ordered(world.night)
                moment = moments.get(step, BEGUN)
                killed = at(patched, step, moment, world.server.kill)
                restore.run(job.pk, clock.now())
                patched.undo()
                world.server.start()
                assert killed == [step]
                unsure = (kind, step) == ("mariadb", SWAP)
                world.settled(job, swapped=None if unsure else (step, moment) in SWAPPED)


@pytest.mark.parametrize("kind", TARGETS)
def test_restic_killed_at_any_step_in_which_it_works(kind, world_of, monkeypatch, subtests):
    with world_of(kind) as world:
        for step in (PLAN, SAFETY, FETCH):
            with subtests.test(step=step):
                world.settled(_with_restic_killed(world, monkeypatch, step), swapped=False)


def _with_restic_killed(world, monkeypatch, step):
    """Return a restore in which restic was killed; one in which it was quicker is made again."""
    for _ in range(5):
        job = ordered(world.night)
        with monkeypatch.context() as patched, suppress(EndedBefore):
            killed = at(patched, step, AT_WORK, kill_program, "restic")
            restore.run(job.pk, clock.now())
            assert killed == [step]
            return job
    raise AssertionError("restic was quicker each time.")
