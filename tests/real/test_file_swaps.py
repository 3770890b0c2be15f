"""SQLite files and folders in mid-swap: the worker dies at any step; links lead out of a tree."""

import sqlite3
from contextlib import closing
from itertools import count

import pytest

from backups.engines import files_moves, files_swap, sqlite_replace
from backups.errors import BackupError
from backups.specs import UNWATCHED, WHOLE, Standing
from tests.contracts import target_files, target_sqlite
from tests.contracts.replacer_contract import LABEL, contents, copy_of, load, proven, swap

STEPS = {
    "files": (
        (files_moves, "move"),
        (files_moves, "put_over"),
        (files_moves, "make_folders"),
        (files_moves, "set_times"),
        (files_swap.Places, "write"),
    ),
    "sqlite": (
        (sqlite_replace.os, "link"),
        (sqlite_replace.Path, "replace"),
        (sqlite_replace, "_sync"),
        (sqlite_replace, "_remove"),
        (sqlite_replace, "merge"),
    ),
}
KINDS = {"files": target_files, "sqlite": target_sqlite}


class Killed(BaseException):
    """The worker is gone: nothing of it catches this."""


@pytest.fixture(params=KINDS)
def target(request, tmp_path):
    folder = tmp_path / "target"
    folder.mkdir()
    with KINDS[request.param].living(request, folder) as target:
        yield target


def dies_before(patched, kind, number):
    """Let the worker die before its step `number`, counted over all kinds of steps."""
    left = [number]

    def mortal(step):
        def taken(*args, **options):
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            return step(*args, **options)

        return taken

    for where, name in STEPS[kind]:
        patched.setattr(where, name, mortal(getattr(where, name)))


@pytest.mark.parametrize("back", [False, True], ids=["there", "back"])
@pytest.mark.parametrize("part", [0, 1], ids=["whole", "part"])
def test_a_worker_that_dies_at_any_step_leaves_all_old_or_all_new(
    target, part, back, tmp_path, monkeypatch
):
    scope, replacer, live = target.scopes[part], target.replacer, target.spec
    good = copy_of(target, live, tmp_path / "good")
    target.damage(scope)
    before = contents(target, live, tmp_path / "before")
    for number in count():
        folder = tmp_path / str(number)
        place = load(target, scope, good, folder)
        if back:
            replacer.swap(live, place, scope, LABEL, UNWATCHED)
        with monkeypatch.context() as patched:
            dies_before(patched, target.engine.kind, number)
            try:
                if back:
                    replacer.swap_back(live, scope, LABEL, UNWATCHED)
                else:
                    replacer.swap(live, place, scope, LABEL, UNWATCHED)
            except Killed:
                died = True
            else:
                died = False
        standing = replacer.mend(live, scope, LABEL)
        assert standing in {Standing.BESIDE, Standing.SWAPPED}
        if standing == Standing.SWAPPED:
            told = proven(target, scope, good, copy_of(target, live, folder / "live"))
            assert told.holds, told.sentence()
            replacer.swap_back(live, scope, LABEL, UNWATCHED)
        assert contents(target, live, folder / "after") == before
        replacer.discard(live, scope, LABEL)
        if not died:
            break
    assert number > 1


def test_a_link_on_the_way_to_a_chosen_file_is_refused_and_nothing_leaves_the_tree(
    tmp_path, request
):
    with target_files.living(request, tmp_path) as target:
        good = copy_of(target, target.spec, tmp_path / "good")
        outside = tmp_path / "luar"
        (target.root / "surat").rename(outside)
        (target.root / "surat").symlink_to(outside)
        told = target.replacer.survey(target.spec, target.scopes[1], good)
        assert {each.code for each in told.blockers} == {"link_on_the_way"}  # one for each path
        kept = sorted(path.name for path in outside.rglob("*"))
        with pytest.raises(BackupError):
            swap(target, target.scopes[1], good, tmp_path)
        assert sorted(path.name for path in outside.rglob("*")) == kept


def test_what_is_written_to_other_tables_until_the_swap_is_kept(tmp_path, request):
    with target_sqlite.living(request, tmp_path) as target:
        scope = target.scopes[1]
        good = copy_of(target, target.spec, tmp_path / "good")
        place = load(target, scope, good, tmp_path)
        with closing(sqlite3.connect(target.spec.path, isolation_level=None)) as database:
            database.execute("INSERT INTO kosong VALUES (99)")
        target.replacer.swap(target.spec, place, scope, LABEL, UNWATCHED)
        with closing(sqlite3.connect(target.spec.path)) as database:
            assert database.execute("SELECT id FROM kosong").fetchall() == [(99,)]


def test_a_file_that_is_gone_comes_back_and_is_gone_again_after_an_undo(tmp_path, request):
    with target_sqlite.living(request, tmp_path) as target:
        good = copy_of(target, target.spec, tmp_path / "good")
        (tmp_path / target.spec.path).unlink()
        assert not target.replacer.survey(target.spec, WHOLE, good).exists
        swap(target, WHOLE, good, tmp_path)
        live = copy_of(target, target.spec, tmp_path / "live")
        assert proven(target, WHOLE, good, live).holds
        target.replacer.swap_back(target.spec, WHOLE, LABEL, UNWATCHED)
        assert target.replacer.standing(target.spec, WHOLE, LABEL) == Standing.BESIDE
        assert not (tmp_path / target.spec.path).exists()
