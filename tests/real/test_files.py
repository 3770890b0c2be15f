"""Folders on a real disk, in real restic: they change while they are read, and come back whole."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from backups import manifest
from backups.engines.files import Files
from backups.engines.files_patterns import escape
from backups.errors import SourceRefused, SourceUnreachable
from backups.repository.restic import Restic
from backups.specs import UNWATCHED
from tests import quick_restic
from tests.contracts.source_files import fill
from tests.folders import Folder, Hook, entries

MIB = 1 << 20
NOBODY = 65534


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


@contextmanager
def as_an_ordinary_user():
    """Be nobody for a while if this is root, for whom no file is unreadable."""
    if os.geteuid() != 0:
        yield
        return
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


# Coming back


def test_a_folder_comes_back_from_restic_as_the_manifest_says(tmp_path):
    folder = Folder(tmp_path)
    folder.root.rmdir()
    fill(folder.root)
    (folder.root / "Tahun 2026").chmod(0o2750)
    os.utime(folder.root / "terbaru", ns=(10**18, 10**18 + 1), follow_symlinks=False)
    os.setxattr(folder.root / "kosong", "user.asal", b"BPTI")
    before = folder.dump()
    repository = Restic(quick_restic.make(tmp_path / "vault"), tmp_path / "c", tmp_path / "l")
    stored = repository.store(before.paths, [], UNWATCHED, before.excludes)
    repository.fetch(stored.id, tmp_path / "back", UNWATCHED)
    back = folder.spec.path.removeprefix("/")
    after = folder.dump(path=str(tmp_path / "back" / back))
    assert [(each.kind, each.bytes, each.sha256) for each in entries(after).values()] == [
        (each.kind, each.bytes, each.sha256) for each in entries(before).values()
    ]
    assert definitions(after) == definitions(before)


def definitions(dump):
    """Return the definitions by name; a link's owner is all of it that an ordinary user sets."""
    return {name: each.schema_sha256 for name, each in entries(dump).items()}


NAMES = (
    *("catatan.tmp", "x/catatan.tmp", "catatan.tmp.txt", "baris\nbaru.tmp"),
    *("cache/a", "x/cache/b", "cache2/c", "log/a.gz", "x/log/b.gz", "log/x/c.gz"),
    *("p/z", "p/q/z", "p/q/r/z", "z", "x/p/z", "1x", "ax", "[abc", "#x", "$HOME", " depan"),
    *("a*b", "axb", "b\udce9.x", "é.é", "x/日"),
)
PATTERNS = (
    *("*.tmp", "cache/", "log/*.gz", "/p/**/z", "[!0-9]x", "[abc", "#x", "$HOME", " depan"),
    *("a\\*b", "b?.x", "é.?", "x/[日]"),
)
KEPT = {"catatan.tmp.txt", "cache2/c", "log/x/c.gz", "z", "x/p/z", "1x", "axb"}


def test_restic_leaves_out_just_what_the_manifest_leaves_out(folder, tmp_path):
    for name in NAMES:
        (folder.root / name).parent.mkdir(parents=True, exist_ok=True)
        (folder.root / name).touch()
    dump = folder.dump(excludes=PATTERNS)
    listed = set(entries(dump))
    repository = Restic(quick_restic.make(tmp_path / "vault"), tmp_path / "c", tmp_path / "l")
    stored = repository.store(dump.paths, [], UNWATCHED, dump.excludes)
    repository.fetch(stored.id, tmp_path / "back", UNWATCHED)
    back = folder.dump(path=f"{tmp_path}/back{folder.root}")
    assert listed == set(entries(back))
    assert listed & set(NAMES) == KEPT


# Changing under the walk


def test_a_file_that_vanishes_before_it_is_looked_at_is_left_out_and_noted(folder):
    for number in range(1100):
        (folder.root / f"{number:04}").touch()
    watch = Hook(at_call=2, act=(folder.root / "1050").unlink)
    dump = folder.dump(watch)
    assert set(entries(dump)) == {".", *(f"{number:04}" for number in range(1100))} - {"1050"}
    assert watch.notes == ["1 entries vanished: '1050'."]
    assert dump.manifest.warnings == ()


def test_a_file_that_vanishes_before_it_is_read_is_left_out_and_noted(folder):
    for number in range(1100):
        (folder.root / f"{number:04}").touch()
    watch = Hook(at_call=2, act=(folder.root / "0999").unlink)
    dump = folder.dump(watch)
    assert "0999" not in entries(dump)
    assert watch.notes == ["1 entries vanished: '0999'."]
    assert Files().restless(folder.spec, dump) == (".",)


def test_a_file_that_grows_once_while_it_is_read_is_read_again(folder):
    log = folder.root / "log"
    log.write_bytes(b"x" * 3 * MIB)
    dump = folder.dump(Hook(at_call=2, act=lambda: append(log)))
    found = entries(dump)["log"]
    assert Files().restless(folder.spec, dump) == ()
    assert found.sha256 == hashlib.sha256(log.read_bytes()).hexdigest()
    assert found.bytes == 3 * MIB + 1


def test_a_file_that_never_stops_growing_is_listed_without_a_digest(folder):
    log = folder.root / "log"
    log.write_bytes(b"x" * 3 * MIB)
    (folder.root / "tenang").write_bytes(b"tetap")
    dump = folder.dump(Hook(act=lambda: append(log), every=True))
    assert entries(dump)["log"].sha256 is None
    assert entries(dump)["tenang"].sha256
    assert dump.manifest.warnings == (
        "1 entries kept changing and are stored without a digest: 'log'.",
    )
    append(log)
    assert Files().restless(folder.spec, dump) == ()


def append(path):
    with path.open("ab") as file:
        file.write(b"+")


def test_a_name_that_changed_hands_blocks_nothing(folder):
    for number in range(1100):
        (folder.root / f"{number:04}").touch()

    def swap():
        (folder.root / "0999").unlink()
        os.mkfifo(folder.root / "0999")

    dump = folder.dump(Hook(at_call=2, act=swap))
    assert "0999" not in entries(dump)
    assert "." in Files().restless(folder.spec, dump)


# Holding still under the store


def test_what_changed_after_the_walk_is_restless(folder):
    for name in ("a", "b/c", "b/d", "e"):
        (folder.root / name).parent.mkdir(exist_ok=True)
        (folder.root / name).write_text(name)
    dump = folder.dump()
    assert Files().restless(folder.spec, dump) == ()
    (folder.root / "a").write_text("A")
    (folder.root / "b/c").chmod(0o600)
    (folder.root / "b/d").unlink()
    (folder.root / "f").touch()
    assert Files().restless(folder.spec, dump) == (".", "a", "b", "b/c", "b/d")


def test_what_was_restless_is_stored_without_a_digest_and_may_go_on(folder):
    (folder.root / "log").write_text("1")
    (folder.root / "tenang").write_text("tetap")
    dump = folder.dump(restless=("log",))
    append(folder.root / "log")
    assert entries(dump)["log"].sha256 is None
    assert Files().restless(folder.spec, dump) == ()
    assert "1 entries kept changing" in dump.manifest.warnings[0]


def test_a_folder_in_which_files_come_and_go_comes_to_rest(folder):
    spool = folder.root / "spool"
    (spool / "baru").mkdir(parents=True)
    (spool / "lama").touch()
    (spool / "baru" / "1").touch()
    (folder.root / "tenang").write_text("tetap")
    dump = folder.dump(restless=("spool",))
    (spool / "2").touch()
    (spool / "lama").unlink()
    shutil.rmtree(spool / "baru")
    assert Files().restless(folder.spec, dump) == ()
    assert entries(dump)["tenang"].sha256
    assert "4 entries kept changing" in dump.manifest.warnings[0]


def test_what_was_restless_last_night_is_read_again(folder):
    (folder.root / "log").write_text("1")
    last = folder.last_good(folder.dump(restless=("log",)))
    dump = folder.dump(previous=last)
    assert entries(dump)["log"].sha256
    assert dump.manifest.warnings == ()


# The second night


def test_the_second_night_reads_only_what_changed(folder):
    for name in ("a", "b", "c"):
        (folder.root / name).write_text(name)
    first = folder.dump()
    last, before = folder.last_good(first), entries(first)
    last.write_text(last.read_text().replace(before["a"].sha256, "0" * 64))
    (folder.root / "b").write_text("B")
    after = entries(folder.dump(previous=last))
    assert after["a"].sha256 == "0" * 64  # taken over unread
    assert after["b"].sha256 != before["b"].sha256
    assert after["c"] == before["c"]


@pytest.mark.parametrize("cut", [0, 10, -40, -300])
def test_a_damaged_manifest_of_last_night_is_noted_and_everything_read(folder, cut):
    (folder.root / "a").write_text("a")
    good = folder.dump()
    expected = entries(good)
    last = folder.last_good(good)
    last.write_bytes(last.read_bytes()[:cut])
    watch = Hook()
    assert entries(folder.dump(watch, previous=last)) == expected
    assert "every file is read: last-good.jsonl" in watch.notes[0]


# Rights and places


@pytest.fixture
def open_folder():
    """A folder that nobody in particular may enter; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o755)
        folder = Folder(Path(home))
        folder.work.chmod(0o777)
        yield folder


@pytest.mark.parametrize("use", ["probe", "dump"])
def test_what_may_not_be_read_is_refused_by_name_and_number(open_folder, use):
    for name in ("a", "b", "c"):
        (open_folder.root / name).touch()
        (open_folder.root / name).chmod(0o644 if name == "a" else 0)
    (open_folder.root / "tertutup").mkdir(mode=0)
    with as_an_ordinary_user(), pytest.raises(SourceRefused) as caught:
        open_folder.dump() if use == "dump" else Files().probe(open_folder.spec)
    assert str(caught.value) == (
        f"Berkas: 3 entries of {open_folder.root} may not be read: 'b', 'c', 'tertutup'."
    )
    (open_folder.root / "tertutup").chmod(0o700)


def test_what_may_not_be_read_can_be_excluded(open_folder):
    (open_folder.root / "a").touch()
    (open_folder.root / "b").touch(mode=0)
    with as_an_ordinary_user():
        assert set(entries(open_folder.dump(excludes=("b",)))) == {".", "a"}


def test_a_root_that_may_not_be_entered_is_refused(open_folder):
    open_folder.root.chmod(0)
    with as_an_ordinary_user(), pytest.raises(SourceRefused, match="may not read"):
        Files().probe(open_folder.spec)
    open_folder.root.chmod(0o700)


def test_an_empty_folder_is_a_good_source(folder):
    assert set(entries(folder.dump())) == {"."}
    facts = Files().probe(folder.spec)
    assert (facts.size_bytes, facts.objects) == (0, 1)


def test_a_root_that_is_a_link_is_followed_once(folder, tmp_path):
    (folder.root / "a").touch()
    (tmp_path / "sekarang").symlink_to(folder.root)
    dump = folder.dump(path=str(tmp_path / "sekarang"))
    assert dump.paths[0] == folder.root
    assert set(entries(dump)) == {".", "a"}


def test_a_vanished_root_is_never_an_empty_backup(folder):
    folder.root.rmdir()
    with pytest.raises(SourceUnreachable):
        folder.dump()
    assert not (folder.work / "dump" / manifest.FILE_NAME).exists()


def test_a_dump_folder_inside_the_root_does_not_list_itself(folder, tmp_path):
    dump = folder.dump(path=str(tmp_path))
    listed = entries(dump)
    assert "work" in listed
    assert not [name for name in listed if name.startswith("work/dump")]
    assert Files().restless(replace(folder.spec, path=str(tmp_path)), dump) == ()


def test_another_file_system_is_warned_of_and_kept_out_of_restic_too(folder):
    others = tuple(f"/{escape(name)}" for name in os.listdir("/") if name != "proc")  # noqa: PTH208
    dump = folder.dump(path="/", excludes=others)
    assert set(entries(dump)) == {".", "proc"}
    assert dump.manifest.warnings == ("'proc' is another file system and not part of this backup.",)
    assert "/proc/*" in dump.excludes


def test_many_entries_are_not_counted_by_a_probe(folder, monkeypatch):
    monkeypatch.setattr("backups.engines.files.COUNT_ENTRIES", 2)
    for name in ("a", "b", "c"):
        (folder.root / name).touch()
    facts = Files().probe(folder.spec)
    assert (facts.size_bytes, facts.objects) == (None, None)
