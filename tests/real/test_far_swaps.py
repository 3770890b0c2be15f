"""Folders of another machine in mid-swap: its hands die, the connection is cut, rights are few."""

import os
import pwd
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from backups.engines import files_far, files_replace
from backups.errors import BackupError, SourceRefused, SourceUnreachable
from backups.specs import UNWATCHED, WHOLE, Standing
from tests import sshd
from tests.contracts import target_files, target_files_far
from tests.contracts.replacer_contract import LABEL, contents, copy_of, load, proven, swap

AS_NOBODY = (
    'ForceCommand setpriv --reuid 65534 --regid 65534 --clear-groups sh -c "$SSH_ORIGINAL_COMMAND"'
)
IS_ROOT = os.geteuid() == 0
DIES = "os._exit(9)"
IS_CUT_OFF = "LEFT[0] -= 1; os.kill(os.getppid(), 9)"  # the hands work on, and nobody hears them
MORTAL = """
LEFT = [{number}]

def _mortal(step):
    def taken(*args, **options):
        if LEFT[0] == 0:
            {end}
        LEFT[0] -= 1
        return step(*args, **options)
    return taken

for _name in ("move", "put_over", "make_folders", "set_times"):
    setattr(moves, _name, _mortal(getattr(moves, _name)))
Places.write = _mortal(Places.write)
"""


@pytest.fixture
def target(request, tmp_path):
    folder = tmp_path / "target"
    folder.mkdir()
    with target_files_far.living(request, folder) as target:
        yield target


@contextmanager
def ending(monkeypatch, number, end):
    """Let the hands there end before their step `number`."""
    *others, (name, text) = files_far.sources()
    mortal = [*others, (name, text + MORTAL.format(number=number, end=end))]
    with monkeypatch.context() as patched:
        patched.setattr(files_far, "sources", lambda: mortal)
        yield


def open_to_it(root):
    """Let the account write there."""
    for path in (root.parent, root, *root.rglob("*")):
        if IS_ROOT:
            os.chown(path, 65534, 65534, follow_symlinks=False)
    if not IS_ROOT:
        root.parent.chmod(0o755)
        root.chmod(0o755)


def here(target):
    """Return the same folder as it is seen on its own machine."""
    return replace(target.spec, ssh="", ssh_key_file="")


@pytest.mark.parametrize("part", [0, 1], ids=["whole", "part"])
def test_hands_that_die_at_any_step_there_leave_all_old_or_all_new(
    target, part, tmp_path, monkeypatch
):
    scope, replacer, live = target.scopes[part], target.replacer, target.spec
    good = copy_of(target, here(target), tmp_path / "good")
    target.damage(scope)
    before = contents(target, here(target), tmp_path / "before")
    place = load(target, scope, good, tmp_path)
    for number in count():
        try:
            with ending(monkeypatch, number, DIES):
                replacer.swap(live, place, scope, LABEL, UNWATCHED)
        except SourceUnreachable:
            died = True
        else:
            died = False
        standing = replacer.mend(live, scope, LABEL)
        if standing == Standing.SWAPPED:
            told = proven(target, scope, good, copy_of(target, here(target), tmp_path / "live"))
            assert told.holds, told.sentence()
            replacer.swap_back(live, scope, LABEL, UNWATCHED)
        assert contents(target, here(target), tmp_path / f"after{number}") == before
        if not died:
            break
    assert number > 1


def test_who_comes_after_a_cut_connection_waits_for_the_hands_that_work_on(
    target, tmp_path, monkeypatch
):
    replacer, live = target.replacer, target.spec
    good = copy_of(target, here(target), tmp_path / "good")
    target.damage(WHOLE)
    place = load(target, WHOLE, good, tmp_path)
    with ending(monkeypatch, 1, IS_CUT_OFF), pytest.raises(SourceUnreachable):
        replacer.swap(live, place, WHOLE, LABEL, UNWATCHED)
    assert replacer.mend(live, WHOLE, LABEL) in {Standing.SWAPPED, Standing.BESIDE}
    replacer.swap(live, place, WHOLE, LABEL, UNWATCHED)
    told = proven(target, WHOLE, good, copy_of(target, live, tmp_path / "live"))
    assert told.holds, told.sentence()


def test_what_is_sent_only_half_does_nothing_there(target, monkeypatch):
    whole = files_far._program
    monkeypatch.setattr(files_far, "_program", lambda order: whole(order)[:-20])
    names = target.names()
    with pytest.raises(BackupError):
        target.replacer.prepare(target.spec, WHOLE, LABEL, None)
    assert target.names() == names


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ("ForceCommand rrsync -ro /", "far_no_shell"),
        ("ForceCommand PATH=/nonexistent /bin/sh -c python3", "far_tool_missing"),
    ],
)
def test_the_survey_says_what_the_account_may_not_do_there(target, tmp_path, setting, code):
    good = copy_of(target, here(target), tmp_path / "good")
    with sshd.running(tmp_path / "lain", more=setting) as server:
        few = replace(target.spec, ssh=server.address, ssh_key_file=str(server.key_file))
        (told,) = target.replacer.survey(few, WHOLE, good).blockers
        assert told.code == code
        with pytest.raises(BackupError):
            target.replacer.prepare(few, WHOLE, LABEL, good)


def test_a_disk_too_full_is_told_before(target, tmp_path, monkeypatch):
    good = copy_of(target, here(target), tmp_path / "good")
    *others, (name, text) = files_far.sources()
    full = "\nshutil.disk_usage = lambda _: type('Full', (), {'free': 3})\n"
    monkeypatch.setattr(files_far, "sources", lambda: [*others, (name, text + full)])
    (told,) = target.replacer.survey(target.spec, WHOLE, good).blockers
    assert (told.code, told.facts["free"], told.beside) == ("no_room", 3, True)


def test_an_account_without_rights_is_told_and_one_with_them_brings_all_but_owners(request):
    with tempfile.TemporaryDirectory() as folder, far_as_nobody(request, Path(folder)) as target:
        good = copy_of(target, here(target), Path(folder) / "good")
        survey = target.replacer.survey(target.spec, WHOLE, good)
        assert [each.code for each in survey.blockers] == ["no_write_beside", "no_write_folder"]
        with pytest.raises(SourceRefused, match="no folder can be made"):
            target.replacer.prepare(target.spec, WHOLE, LABEL, good)
        open_to_it(target.root)
        good = copy_of(target, here(target), Path(folder) / "own")
        survey = target.replacer.survey(target.spec, WHOLE, good)
        assert survey.blockers == ()
        assert [each.code for each in survey.warnings] == ["far_owners"]
        assert target.replacer.brings_definitions(target.spec, WHOLE) != IS_ROOT
        target.damage(WHOLE)
        swap(target, WHOLE, good, Path(folder))
        live = copy_of(target, here(target), Path(folder) / "live")
        assert proven(target, WHOLE, good, live).holds
        target.replacer.discard(target.spec, WHOLE, LABEL)
        assert target.names() == {"berkas"}


@contextmanager
def far_as_nobody(request, folder):
    """Yield a folder behind an account that owns nothing of it."""
    folder.chmod(0o755)
    home = folder / "srv"
    home.mkdir()
    more = AS_NOBODY if IS_ROOT else ""
    with (
        target_files.living(request, home) as target,
        sshd.running(folder / "sshd", more=more) as server,
    ):
        if not IS_ROOT:
            home.chmod(0o555)
            target.root.chmod(0o555)
        target.spec = replace(target.spec, ssh=server.address, ssh_key_file=str(server.key_file))
        yield target


def test_a_portal_that_is_not_root_gives_what_it_brings_to_the_owner_of_live(
    target, tmp_path, monkeypatch
):
    """Such a portal's mirror knows no owners: root there must not spread the portal's number."""
    monkeypatch.setattr(files_far, "is_root", lambda: False)
    monkeypatch.setattr(files_replace, "is_root", lambda: False)
    good = copy_of(target, here(target), tmp_path / "good")
    owner = pwd.getpwnam("www-data").pw_uid if IS_ROOT else os.geteuid()
    shutil.chown(target.root, owner)
    swap(target, WHOLE, good, tmp_path)
    owners = {path.lstat().st_uid for path in (target.root, *target.root.rglob("*"))}
    assert owners == {owner}
