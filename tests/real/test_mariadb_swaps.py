"""A MariaDB database swapped while it lives: what dies in it, who holds locks, whose rights."""

import threading
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import count, islice

import pytest

from backups import manifest
from backups.engines import mariadb_exchange, mariadb_replace
from backups.engines.mariadb_load import run_script
from backups.errors import BackupError, SourceRefused
from backups.process import run
from backups.sandbox.mariadb import mariadb
from backups.specs import UNWATCHED, WHOLE, Credential, Scope, ScopeKind, SourceSpec, Standing
from backups.survey_words import in_english
from tests.contracts import target_mariadb
from tests.contracts.replacer_contract import LABEL, contents, copy_of, load, proven, swap
from tests.mariadb_servers import connected, execute, fetch

PART = Scope(ScopeKind.TABLES, ("krs", "nilai 'é' 日/%"))


class Killed(BaseException):
    """The worker is gone: nothing of it catches this."""


@pytest.fixture
def target(request, tmp_path):
    with target_mariadb.living(request, tmp_path) as target:
        yield target


@pytest.mark.parametrize("scope", [WHOLE, PART], ids=["whole", "part"])
def test_a_worker_that_dies_after_any_statement_leaves_all_old_or_all_new(
    target, scope, tmp_path, monkeypatch
):
    good = copy_of(target, target.spec, tmp_path / "good")
    target.damage(scope)
    before = contents(target, target.spec, tmp_path / "before")
    ended = set()
    for statements in count(step=7):  # of some forty
        place = load(target, scope, good, tmp_path / f"load{statements}")
        with monkeypatch.context() as patched:
            patched.setattr(mariadb_exchange, "run_script", dying_after(statements))
            try:
                target.replacer.swap(target.spec, place, scope, LABEL, UNWATCHED)
            except Killed:
                whole = False
            else:
                whole = True
        assert target.replacer.standing(target.spec, scope, LABEL) == (
            Standing.SWAPPED if whole else Standing.TORN
        )
        ended.add(mended(target, scope, good, before, tmp_path / f"at{statements}"))
        if whole:
            break
    assert ended == {Standing.BESIDE, Standing.SWAPPED}


def dying_after(statements):
    """Return a client that is given only so many pieces in all, and then dies with its worker."""
    left = [statements]

    def give(into, pieces, watch, *options):
        pieces = list(pieces)
        run_script(into, islice(pieces, left[0]), watch, *options)
        if left[0] < len(pieces):
            raise Killed
        left[0] -= len(pieces)

    return give


def mended(target, scope, good, before, folder):
    """Mend; return where it stands, having seen that all is old or new and can be taken back."""
    standing = target.replacer.mend(target.spec, scope, LABEL)
    if standing == Standing.SWAPPED:
        live = copy_of(target, target.spec, folder / "live")
        assert (told := proven(target, scope, good, live)).holds, told.sentence()
        target.replacer.swap_back(target.spec, scope, LABEL, UNWATCHED)
    assert contents(target, target.spec, folder / "back") == before
    target.replacer.discard(target.spec, scope, LABEL)
    return standing


def test_a_server_killed_in_the_swap_comes_back_all_old_or_all_new(tmp_path):
    with filled_server(tmp_path) as (target, good):
        before = contents(target, target.spec, tmp_path / "before")
    for attempt, wait in enumerate((0.3, 0.9)):
        folder = tmp_path / f"try{attempt}"
        with mariadb(tmp_path / "server", durable=True) as server:
            target = target_on(server)
            place = load(target, WHOLE, good, folder)
            killer = threading.Timer(wait, run, [("kill", "-KILL", str(server.pid))])
            killer.start()
            with pytest.raises(BackupError):
                swap_to_and_fro(target, place)
            killer.join()
        with mariadb(tmp_path / "server", durable=True) as server:
            mended(target_on(server), WHOLE, good, before, folder / "after")


def swap_to_and_fro(target, place):
    """Swap and take back again and again, until the server is gone."""
    for _ in count():
        target.replacer.swap(target.spec, place, WHOLE, LABEL, UNWATCHED)
        target.replacer.swap_back(target.spec, WHOLE, LABEL, UNWATCHED)


@contextmanager
def filled_server(tmp_path):
    """Yield a damaged database on a server of its own, whose data stay, and its good copy."""
    with mariadb(tmp_path / "server", durable=True) as server:
        target = target_on(server)
        execute(replace(target.spec, database="mysql"), "CREATE DATABASE akademik")
        execute(target.spec, *target_mariadb.FILLING, *target_mariadb.MORE)
        execute(target.spec, *(f"CREATE TABLE t{n} (id INT PRIMARY KEY)" for n in range(60)))
        good = copy_of(target, target.spec, tmp_path / "good")
        target.damage(WHOLE)
        yield target, good


def target_on(server):
    return target_mariadb.LivingMariaDBTarget(
        SourceSpec(
            key="uji",
            name="E-learning uji",
            engine="mariadb",
            host=server.socket,
            database="akademik",
            read=Credential(server.username, server.password),
        )
    )


def test_a_lock_that_nobody_gives_up_leaves_live_as_it_was(target, tmp_path, monkeypatch):
    monkeypatch.setattr(mariadb_replace, "TRIES", 1)
    good = copy_of(target, target.spec, tmp_path / "good")
    target.damage(PART)
    before = contents(target, target.spec, tmp_path / "before")
    with closing(connected(replace(target.spec, database="mysql"))) as other:
        other.cursor().execute(f"LOCK TABLES `{target.spec.database}`.krs READ")
        with pytest.raises(BackupError, match="holds a lock"):
            swap(target, PART, good, tmp_path)
    assert target.replacer.standing(target.spec, PART, LABEL) == Standing.BESIDE
    assert contents(target, target.spec, tmp_path / "after") == before


def test_others_keys_follow_and_rights_on_routines_stay(target, tmp_path):
    spec = target.spec
    execute(spec, "CREATE OR REPLACE USER tamu@localhost")
    execute(spec, "GRANT EXECUTE ON FUNCTION dua TO tamu@localhost")
    with mariadb_database_of(target) as other:
        execute(
            other,
            f"CREATE TABLE cabang (mhs INT, CONSTRAINT ke_pusat FOREIGN KEY (mhs)"
            f" REFERENCES `{spec.database}`.mahasiswa (id))",
        )
        good = copy_of(target, spec, tmp_path / "good")
        execute(spec, "DROP FUNCTION dua", "CREATE FUNCTION dua() RETURNS INT RETURN 3")
        execute(spec, "GRANT EXECUTE ON FUNCTION dua TO tamu@localhost")
        swap(target, WHOLE, good, tmp_path)
        ((_, definition),) = fetch(other, "SHOW CREATE TABLE cabang")
        assert f"REFERENCES `{spec.database}`.`mahasiswa`" in definition
        grants = [line for (line,) in fetch(spec, "SHOW GRANTS FOR tamu@localhost")]
        assert any("`dua`" in line and spec.database in line for line in grants)
        execute(other, "DROP TABLE cabang")


@contextmanager
def mariadb_database_of(target):
    name = f"{target.spec.database}_cabang"
    execute(target.spec, f"CREATE DATABASE `{name}`")
    yield replace(target.spec, database=name)


def test_events_of_a_copy_do_not_act_while_it_stands_beside(target, tmp_path):
    spec = target.spec
    good = copy_of(target, spec, tmp_path / "good")
    execute(spec, "DROP EVENT tengah_malam", "SET GLOBAL event_scheduler = ON")
    try:
        place = load(target, WHOLE, good, tmp_path)
        assert fetch(place, f"SHOW EVENTS FROM `{place.database}`") == []
        target.replacer.swap(spec, place, WHOLE, LABEL, UNWATCHED)
        assert [row[1] for row in fetch(spec, "SHOW EVENTS")] == ["tengah_malam"]
        target.replacer.swap_back(spec, WHOLE, LABEL, UNWATCHED)
        assert fetch(spec, "SHOW EVENTS") == []
    finally:
        execute(spec, "SET GLOBAL event_scheduler = OFF")


def test_a_database_that_was_dropped_comes_back(target, tmp_path):
    good = copy_of(target, target.spec, tmp_path / "good")
    before = contents(target, target.spec, tmp_path / "before")
    execute(replace(target.spec, database="mysql"), f"DROP DATABASE `{target.spec.database}`")
    assert not target.replacer.survey(target.spec, WHOLE, good).exists
    swap(target, WHOLE, good, tmp_path)
    assert contents(target, target.spec, tmp_path / "after") == before


def test_numbering_goes_on_where_it_was(target, tmp_path):
    execute(target.spec, "ALTER TABLE krs AUTO_INCREMENT = 777")
    good = copy_of(target, target.spec, tmp_path / "good")
    target.damage(PART)
    swap(target, PART, good, tmp_path)
    execute(target.spec, "INSERT INTO krs (mhs, sks) VALUES (1, 2)")
    assert fetch(target.spec, "SELECT MAX(id) FROM krs") == [(777,)]


def test_the_survey_says_what_a_restore_would_meet(target, tmp_path):
    good = copy_of(target, target.spec, tmp_path / "good")
    target.damage(WHOLE)
    told = in_english(target.replacer.survey(target.spec, WHOLE, good).warnings)
    assert "aktif" in told
    assert "baru" in told
    assert "dua" in told
    told = in_english(target.replacer.survey(target.spec, PART, good).warnings)
    assert "catatan -> krs" in told
    assert "krs -> mahasiswa" in told


def test_a_wrong_credential_is_refused_and_one_without_rights_told(target, tmp_path):
    good = copy_of(target, target.spec, tmp_path / "good")
    wrong = replace(target.spec, write=Credential("root", "bukan ini"))
    with pytest.raises(SourceRefused):
        target.replacer.survey(wrong, WHOLE, good)
    execute(
        target.spec,
        "CREATE OR REPLACE USER juru@localhost IDENTIFIED BY 'juru'",
        f"GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON `{target.spec.database}`.* TO juru@localhost",
    )
    few = replace(target.spec, write=Credential("juru", "juru"))
    assert "rights_lacking" in codes(target.replacer.survey(few, WHOLE, good))


def codes(survey):
    return [each.code for each in survey.blockers]


def test_the_survey_gives_the_very_grants_with_which_a_restore_goes_through(target, tmp_path):
    """Nothing but what it says is granted, and then all is brought back: programs, definers."""
    good = copy_of(target, target.spec, tmp_path / "good")
    execute(target.spec, "CREATE OR REPLACE USER pemulih@localhost IDENTIFIED BY 'p'")
    try:
        target.spec = replace(target.spec, write=Credential("pemulih", "p"))
        told = []
        while blockers := target.replacer.survey(target.spec, WHOLE, good).blockers:
            assert blockers[0].code not in told
            told += [each.code for each in blockers]
            for each in blockers:
                execute(target.spec, *each.facts["grants"].rstrip(";").split("; "))
        always, before_11_3 = {"rights_lacking", "definers_lacking"}, {"programs_unreadable"}
        assert always <= set(told) <= always | before_11_3
        target.damage(WHOLE)
        swap(target, WHOLE, good, tmp_path)
        live = copy_of(target, target.spec, tmp_path / "live")
        assert (proof := proven(target, WHOLE, good, live)).holds, proof.sentence()
    finally:
        execute(target.spec, "DROP USER pemulih@localhost")


def test_what_the_swap_makes_otherwise_is_taken_back(target, tmp_path, monkeypatch):
    good = copy_of(target, target.spec, tmp_path / "good")
    target.damage(WHOLE)
    before = contents(target, target.spec, tmp_path / "before")
    seen = mariadb_replace.read_programs

    def other(spec, tables):
        return replace(seen(spec, tables), definitions={("table", "lain"): "x"})

    monkeypatch.setattr(mariadb_replace, "read_programs", other)
    with pytest.raises(BackupError, match="taken back"):
        swap(target, WHOLE, good, tmp_path)
    assert contents(target, target.spec, tmp_path / "after") == before


def test_only_the_files_of_the_chosen_tables_are_fetched(target, tmp_path):
    good = copy_of(target, target.spec, tmp_path / "good")
    wanted = target.replacer.wanted(good, Scope(ScopeKind.TABLES, ("krs",)))
    assert not [path for path in wanted if "mahasiswa" in path]
    assert any(path.endswith(manifest.FILE_NAME) for path in wanted)
