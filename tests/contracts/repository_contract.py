"""What every repository must do, whatever keeps it: inherit this and give it a `room`."""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest

from backups.errors import (
    Cancelled,
    DumpFailed,
    NoSpace,
    RepositoryDamaged,
    RepositoryError,
    RepositoryMissing,
    SourceUnreachable,
    WrongRepositoryPassword,
)
from backups.repository.base import Repository
from backups.specs import UNWATCHED, Unwatched

ODD_NAMES = ("pl us", "st*r", "wh?t", "[x]", "back\\slash", "new\nline", " blank ", "$HOME", "é日")
NOWHERE = "0" * 64


class Room(Protocol):
    """A place with repositories of one kind, and what can befall them."""

    repository: Repository  # made and empty
    other: Repository  # made and empty, cutting files alike
    absent: Repository  # never made
    wrong: Repository  # `repository`, with a password that does not open it

    def damage(self) -> None:
        """Change one byte of what `repository` keeps."""

    def no_space(self) -> AbstractContextManager[None]:
        """Let no disk take more than a little while the block runs."""


class Stopped(Unwatched):
    """A Watch of work that somebody has cancelled."""

    def stopped(self) -> bool:
        return True


class Meter(Unwatched):
    """A Watch that remembers the last it heard."""

    last: tuple[int, int | None] = (0, None)

    def advance(self, done: int, total: int | None = None) -> None:
        self.last = (done, total)


class RepositoryContract:
    """The promises of backups.repository.base, each as a test."""

    @pytest.fixture
    def room(self) -> Room:
        raise AssertionError("Each kind of repository gives its own room.")

    @pytest.fixture
    def folder(self, tmp_path) -> Path:
        folder = tmp_path / "data"
        (folder / "deep" / "er").mkdir(parents=True)
        (folder / "deep" / "er" / "noise").write_bytes(_noise(300_000))
        (folder / "empty").touch()
        (folder / "secret").write_text("isi")
        (folder / "secret").chmod(0o600)
        (folder / "link").symlink_to("deep/er/noise")
        for name in ODD_NAMES:
            (folder / name).write_text(name * 3)
        return folder

    def store(self, room, folder, *tags):
        return room.repository.store([folder], tags, UNWATCHED)

    # Making and opening

    def test_says_whether_a_repository_is_here(self, room):
        assert room.repository.exists()
        assert not room.absent.exists()

    def test_a_wrong_password_is_not_taken_for_nothing_here(self, room, folder):
        for use in (
            room.wrong.exists,
            room.wrong.create,
            lambda: room.wrong.store([folder], [], UNWATCHED),
        ):
            with pytest.raises(WrongRepositoryPassword):
                use()

    def test_making_one_that_stands_keeps_what_it_holds(self, room, folder):
        stored = self.store(room, folder)
        room.repository.create(like=room.other)
        assert [kept.id for kept in room.repository.snapshots()] == [stored.id]

    def test_makes_one_that_takes_copies_of_another(self, room, folder):
        stored = self.store(room, folder)
        room.absent.create(like=room.repository)
        assert room.repository.copy_to(room.absent, stored.id, UNWATCHED).tree == stored.tree

    def test_nothing_is_made_by_using_what_is_not_there(self, room, folder):
        for use in (
            room.absent.stored_bytes,
            lambda: room.absent.check(UNWATCHED),
            lambda: room.absent.store([folder], [], UNWATCHED),
            lambda: room.absent.forget([NOWHERE], UNWATCHED),
        ):
            with pytest.raises(RepositoryMissing):
                use()
        assert not room.absent.exists()

    # Storing

    def test_tells_how_far_it_is_and_lists_what_it_stored(self, room, folder):
        meter = Meter()
        stored = room.repository.store([folder], ["source:a", "run:1"], meter)
        assert meter.last[1]
        (listed,) = room.repository.snapshots()
        assert re.fullmatch("[0-9a-f]{64}", listed.id)
        assert (listed.id, listed.tree, listed.taken_at) == (
            stored.id,
            stored.tree,
            stored.taken_at,
        )
        assert listed.tags == ("source:a", "run:1")
        assert listed.paths == (str(folder),)
        assert timedelta() <= datetime.now(UTC) - listed.taken_at < timedelta(minutes=5)

    def test_lists_oldest_first_and_says_what_each_cost(self, room, folder):
        first, second = self.store(room, folder), self.store(room, folder)
        assert [kept.id for kept in room.repository.snapshots()] == [first.id, second.id]
        assert first.bytes_added is None or 300_000 <= first.bytes_added <= 400_000
        assert second.bytes_added is None or 0 <= second.bytes_added <= 50_000

    def test_leaves_out_what_is_excluded(self, room, folder, tmp_path):
        excludes = [f"{folder}/**/noise", f"{folder}/s*t", f"{folder}/st\\*r", f"{folder}/$HOME"]
        stored = room.repository.store([folder], [], UNWATCHED, excludes=excludes)
        room.repository.fetch(stored.id, tmp_path / "out", UNWATCHED)
        fetched = _below(tmp_path / "out", folder)
        assert {"deep/er", "empty", "wh?t"} <= fetched
        assert not {"deep/er/noise", "secret", "st*r", "$HOME"} & fetched

    def test_stores_nothing_when_one_path_is_missing(self, room, folder):
        with pytest.raises(SourceUnreachable, match="nowhere"):
            room.repository.store([folder, folder / "nowhere"], [], UNWATCHED)
        assert room.repository.snapshots() == []

    def test_keeps_no_snapshot_that_lacks_an_unreadable_file(self, room, folder):
        unreadable = Path(f"/proc/{os.getpid()}/mem")  # even for root
        with pytest.raises(DumpFailed, match="mem"):
            room.repository.store([folder, unreadable], [], UNWATCHED)
        assert room.repository.snapshots() == []

    @pytest.mark.parametrize("tag", ["a,b", "", " a"])
    def test_refuses_a_tag_that_would_become_another(self, room, folder, tag):
        with pytest.raises(ValueError, match="tag"):
            room.repository.store([folder], [tag], UNWATCHED)

    def test_refuses_a_path_that_is_not_absolute(self, room):
        for paths in ([Path("data")], []):
            with pytest.raises(ValueError, match="absolute"):
                room.repository.store(paths, [], UNWATCHED)

    def test_a_full_disk_keeps_no_snapshot_and_loses_none(self, room, folder, tmp_path):
        stored = self.store(room, folder)
        (folder / "more").write_bytes(_noise(1_000_000))
        with room.no_space(), pytest.raises(NoSpace):
            self.store(room, folder)
        assert [kept.id for kept in room.repository.snapshots()] == [stored.id]
        room.repository.fetch(stored.id, tmp_path / "out", UNWATCHED)

    def test_cancelled_work_changes_nothing(self, room, folder, tmp_path):
        stored = self.store(room, folder)
        for use in (
            lambda: room.repository.store([folder], [], Stopped()),
            lambda: room.repository.copy_to(room.other, stored.id, Stopped()),
            lambda: room.repository.fetch(stored.id, tmp_path / "out", Stopped()),
            lambda: room.repository.forget([stored.id], Stopped()),
            lambda: room.repository.check(Stopped(), read_data=True),
        ):
            with pytest.raises(Cancelled):
                use()
        assert [kept.id for kept in room.repository.snapshots()] == [stored.id]
        assert room.other.snapshots() == []

    # Giving back

    def test_gives_back_what_was_stored(self, room, folder, tmp_path):
        stored = self.store(room, folder)
        room.repository.fetch(stored.id, tmp_path / "out", UNWATCHED)
        back = tmp_path / "out" / str(folder).lstrip("/")
        assert _below(tmp_path / "out", folder) == {
            str(path.relative_to(folder)) for path in folder.rglob("*")
        }
        for path in folder.rglob("*"):
            copy = back / path.relative_to(folder)
            assert copy.lstat().st_mode == path.lstat().st_mode
            assert path.is_dir() or copy.read_bytes() == path.read_bytes()
        assert (back / "link").readlink() == Path("deep/er/noise")

    def test_gives_back_only_what_was_asked_for(self, room, folder, tmp_path):
        stored = self.store(room, folder)
        wanted = [f"{folder}/{name}" for name in (*ODD_NAMES, "deep")]
        room.repository.fetch(stored.id, tmp_path / "out", UNWATCHED, include=wanted)
        assert _below(tmp_path / "out", folder) == {
            *ODD_NAMES,
            "deep",
            "deep/er",
            "deep/er/noise",
        }
        with pytest.raises(RepositoryError, match="nowhere"):
            room.repository.fetch(
                stored.id, tmp_path / "b", UNWATCHED, include=[*wanted, f"{folder}/nowhere"]
            )

    def test_reads_one_file_and_not_one_that_is_not_there(self, room, folder):
        stored = self.store(room, folder)
        for name in (ODD_NAMES[-1], ODD_NAMES[4], "deep/er/noise", "empty"):
            chunks = room.repository.read_file(stored.id, f"{folder}/{name}")
            assert b"".join(chunks) == (folder / name).read_bytes()

        with pytest.raises(RepositoryError, match="nowhere"):
            list(room.repository.read_file(stored.id, f"{folder}/nowhere"))

    def test_a_snapshot_that_is_not_here_is_an_error(self, room, tmp_path):
        for use in (
            lambda: room.repository.fetch(NOWHERE, tmp_path / "out", UNWATCHED),
            lambda: room.repository.copy_to(room.other, NOWHERE, UNWATCHED),
        ):
            with pytest.raises(RepositoryError):
                use()

    @pytest.mark.parametrize("name", ["latest", "abcdef12", "", "A" * 64])
    def test_takes_full_ids_only(self, room, tmp_path, name):
        for use in (
            lambda: room.repository.fetch(name, tmp_path / "out", UNWATCHED),
            lambda: list(room.repository.read_file(name, "/a")),
            lambda: room.repository.copy_to(room.other, name, UNWATCHED),
            lambda: room.repository.forget([name], UNWATCHED),
        ):
            with pytest.raises(ValueError, match="full snapshot id"):
                use()

    # Copying

    def test_a_copy_holds_the_same_tree_and_is_made_once(self, room, folder, tmp_path):
        stored = self.store(room, folder, "source:a")
        copy = room.repository.copy_to(room.other, stored.id, UNWATCHED)
        again = room.repository.copy_to(room.other, stored.id, UNWATCHED)
        assert again.id == copy.id
        (listed,) = room.other.snapshots()
        assert listed.id == copy.id != stored.id
        assert (listed.tree, listed.taken_at) == (stored.tree, stored.taken_at)
        assert (listed.tags, listed.paths) == (stored.tags, stored.paths)
        room.other.fetch(copy.id, tmp_path / "out", UNWATCHED)
        assert "deep/er/noise" in _below(tmp_path / "out", folder)

    def test_copies_only_what_was_asked_for(self, room, folder):
        self.store(room, folder)
        (folder / "empty").write_text("no more")
        second = self.store(room, folder)
        copy = room.repository.copy_to(room.other, second.id, UNWATCHED)
        assert [kept.id for kept in room.other.snapshots()] == [copy.id]
        assert copy.tree == second.tree

    def test_names_the_side_that_a_copy_fails_on(self, room, folder):
        stored = self.store(room, folder)
        with pytest.raises(RepositoryMissing, match=re.escape(room.absent.location)):
            room.repository.copy_to(room.absent, stored.id, UNWATCHED)
        with pytest.raises(WrongRepositoryPassword, match=re.escape(room.repository.location)):
            room.other.copy_to(room.wrong, self._in_other(room, folder), UNWATCHED)

    def _in_other(self, room, folder) -> str:
        return room.other.store([folder], [], UNWATCHED).id

    # Forgetting

    def test_forgets_exactly_what_it_was_told_and_frees_the_space(self, room, folder, tmp_path):
        kept = self.store(room, folder)
        small = room.repository.stored_bytes()
        (folder / "more").write_bytes(_noise(2_000_000))
        doomed = [self.store(room, folder).id]
        assert room.repository.stored_bytes() >= small + 2_000_000
        room.repository.forget(doomed, UNWATCHED)
        assert [left.id for left in room.repository.snapshots()] == [kept.id]
        assert room.repository.stored_bytes() < small + 100_000
        room.repository.fetch(kept.id, tmp_path / "out", UNWATCHED)

    def test_forgetting_what_is_gone_is_no_error(self, room, folder):
        stored, kept = self.store(room, folder), self.store(room, folder)
        room.repository.forget([], UNWATCHED)
        room.repository.forget([stored.id], UNWATCHED)
        room.repository.forget([stored.id, NOWHERE], UNWATCHED)
        assert [left.id for left in room.repository.snapshots()] == [kept.id]

    # Checking

    def test_a_sound_repository_passes_its_checks(self, room, folder):
        self.store(room, folder)
        room.repository.check(UNWATCHED, read_data=True)
        room.repository.check(UNWATCHED, read_data=True, part="1/2")

    @pytest.mark.parametrize("part", ["0/2", "half", "1", "1/2;"])
    def test_refuses_a_part_that_is_none(self, room, part):
        with pytest.raises(ValueError, match="k/n"):
            room.repository.check(UNWATCHED, read_data=True, part=part)

    def test_only_reading_the_data_finds_a_changed_byte(self, room, folder):
        self.store(room, folder)
        room.damage()
        room.repository.check(UNWATCHED)
        with pytest.raises(RepositoryDamaged, match=re.escape(room.repository.location)):
            room.repository.check(UNWATCHED, read_data=True)

    def test_damaged_data_are_never_given_back_as_good(self, room, folder, tmp_path):
        stored = self.store(room, folder)
        room.damage()
        noise = f"{folder}/deep/er/noise"
        for use in (
            lambda: room.repository.fetch(stored.id, tmp_path / "out", UNWATCHED),
            lambda: list(room.repository.read_file(stored.id, noise)),
        ):
            with pytest.raises(RepositoryDamaged):
                use()

    def test_damaged_data_are_not_copied_and_their_side_is_named(self, room, folder):
        stored = self.store(room, folder)
        room.damage()
        with pytest.raises(RepositoryDamaged, match=re.escape(room.repository.location)):
            room.repository.copy_to(room.other, stored.id, UNWATCHED)
        assert room.other.snapshots() == []

    # Locks

    def test_unlocking_a_free_repository_is_harmless(self, room):
        room.repository.unlock()
        assert room.repository.snapshots() == []


def _noise(size: int) -> bytes:
    """Return bytes that no compression makes smaller, the same each time."""
    return hashlib.shake_256(str(size).encode()).digest(size)


def _below(target: Path, folder: Path) -> set[str]:
    """Return what was fetched of `folder` to below `target`, relative to it."""
    back = target / str(folder).lstrip("/")
    return {str(path.relative_to(back)) for path in back.rglob("*")}
