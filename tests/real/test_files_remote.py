"""Folders behind a real sshd: mirrored, and what befalls them on the way."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backups import manifest
from backups.engines.files import Files
from backups.errors import (
    Cancelled,
    NoSpace,
    SourceRefused,
    SourceUnreachable,
    ToolMissing,
)
from backups.specs import ManifestObject
from tests import sshd
from tests.contracts.engine_contract import Stopped, children
from tests.folders import Folder, Hook, entries

MIB = 1 << 20
AS_NOBODY = (
    'ForceCommand setpriv --reuid 65534 --regid 65534 --clear-groups sh -c "$SSH_ORIGINAL_COMMAND"'
)


@pytest.fixture
def server(tmp_path):
    with sshd.running(tmp_path / "sshd") as server:
        yield server


@pytest.fixture
def folder(tmp_path, server):
    return behind(server, Folder(tmp_path))


def behind(server, folder):
    """Let the folder be reached over SSH alone."""
    key = str(server.key_file)
    folder.spec = replace(folder.spec, ssh=server.address, ssh_key_file=key)
    return folder


def test_a_mirror_follows_what_changed_and_what_went(folder):
    for name in ("tetap", "berubah", "pergi"):
        (folder.root / name).write_text(name)
    first = folder.dump()
    (folder.root / "berubah").write_text("BERUBAH")
    (folder.root / "pergi").unlink()
    second = folder.dump(previous=folder.last_good(first))
    assert second.paths[0] == folder.work / "mirror" / "tree"
    assert set(entries(second)) == {".", "tetap", "berubah"}
    assert entries(second)["tetap"] == entries(first)["tetap"]
    assert (second.paths[0] / "berubah").read_text() == "BERUBAH"
    assert Files().restless(folder.spec, second) == ()


def test_a_mirror_is_closed_to_others_whatever_it_holds(folder):
    folder.root.chmod(0o777)
    folder.dump()
    assert (folder.work / "mirror").stat().st_mode & 0o777 == 0o700


def test_what_is_excluded_is_not_even_fetched(folder):
    for name in ("a.tmp", "b", "[x]"):
        (folder.root / name).touch()
    dump = folder.dump(excludes=("*.tmp", "\\[x]"))
    assert set(entries(dump)) == {".", "b"}
    assert not (dump.paths[0] / "a.tmp").exists()


@pytest.mark.parametrize(
    "name", ["a*b", "x[y]?z", "c:d", "~", "- x", "#", "'\"$(id)`;|&", "b\udce9"]
)
def test_a_path_means_itself_however_odd(folder, name):
    (folder.root / "aXb").mkdir()
    (folder.root / "aXb" / "salah").touch()
    (folder.root / name).mkdir()
    (folder.root / name / "benar").touch()
    path = str(folder.root / name)
    Files().probe(replace(folder.spec, path=path))
    assert set(entries(folder.dump(path=path))) == {".", "benar"}


def test_keys_may_lie_in_a_folder_of_any_name(folder, tmp_path):
    keys = tmp_path / "kunci %h 'a\" \\b"
    keys.mkdir()
    key = shutil.copy(folder.spec.ssh_key_file, keys / "kunci kami")
    assert set(entries(folder.dump(ssh_key_file=str(key)))) == {"."}
    assert (keys / "known_hosts").exists()


def test_another_host_key_is_refused_until_a_person_removes_the_old_one(folder, tmp_path):
    home = tmp_path / "sshd_kedua"
    with sshd.running(home) as server:
        behind(server, folder).dump()
    for key in home.glob("host_key*"):
        key.unlink()
    with sshd.running(home, port=server.port) as server:
        for use in (folder.dump, lambda: Files().probe(folder.spec)):
            with pytest.raises(SourceRefused, match="another host key") as caught:
                use()
            assert "known_hosts" in caught.value.advice
        (home / "known_hosts").unlink()
        folder.dump()


def test_files_that_vanish_while_they_are_mirrored_are_left_out_and_noted(folder):
    (folder.root / "a").write_text("a")
    with (folder.root / "b").open("wb") as file:
        file.truncate(300 * MIB)
    (folder.root / "c").write_text("c")
    watch = Hook(act=(folder.root / "c").unlink)
    dump = folder.dump(watch)
    assert set(entries(dump)) == {".", "a", "b"}
    assert "vanished" in watch.notes[0]


def test_a_partly_unreadable_folder_is_no_good_backup():
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o755)
        folder = Folder(Path(home))
        (folder.root / "terbuka").write_text("a")
        (folder.root / "tertutup").touch(mode=0)
        more = AS_NOBODY if os.geteuid() == 0 else ""
        with (
            sshd.running(Path(home) / "sshd", more=more) as server,
            pytest.raises(SourceRefused, match=r"tertutup.*Permission denied"),
        ):
            behind(server, folder).dump()
        assert not (folder.work / "dump" / manifest.FILE_NAME).exists()


def test_a_server_without_rsync_is_told_as_such(folder, tmp_path):
    with sshd.running(tmp_path / "lain", more="ForceCommand /nonexistent/rsync") as server:
        for use in (folder.dump, lambda: Files().probe(folder.spec)):
            behind(server, folder)
            with pytest.raises(ToolMissing, match="rsync is not installed on"):
                use()


def test_a_key_that_may_only_run_rsync_is_enough(folder, tmp_path):
    (folder.root / "a").touch()
    with sshd.running(tmp_path / "lain", more="ForceCommand rrsync -ro /") as server:
        behind(server, folder)
        Files().probe(folder.spec)
        assert set(entries(folder.dump())) == {".", "a"}


def test_a_server_that_went_away_leaves_the_mirror_for_the_next_night(folder, tmp_path):
    (folder.root / "a").touch()
    home = tmp_path / "sshd_kedua"
    with sshd.running(home) as server:
        first = behind(server, folder).dump()
    last = folder.last_good(first)
    with pytest.raises(SourceUnreachable, match="Connection refused"):
        folder.dump(previous=last)
    with sshd.running(home, port=server.port):
        assert entries(folder.dump(previous=last)) == entries(first)


def test_cancelling_ends_rsync_and_what_was_fetched_stays(folder):
    (folder.root / "a").write_text("a")
    with (folder.root / "b").open("wb") as file:
        file.truncate(300 * MIB)
    running = children()
    with pytest.raises(Cancelled):
        folder.dump(Stopped())
    assert children() == running
    assert set(entries(folder.dump())) == {".", "a", "b"}


def test_a_mirror_that_cannot_fit_is_not_begun(folder):
    last = manifest.write(
        folder.work,
        [ManifestObject("file", "besar", bytes=1 << 60)],
        engine="files",
        server_version="",
        taken_at=datetime.now(UTC),
    )
    with pytest.raises(NoSpace, match="its mirror needs"):
        folder.dump(previous=last.path)


def test_another_file_system_on_the_server_is_warned_of(folder):
    others = tuple(f"/{name}" for name in os.listdir("/") if name != "proc")  # noqa: PTH208
    spec = replace(folder.spec, path="/", excludes=others)
    warning = "'proc' is another file system and not part of this backup."
    assert Files().probe(spec).warnings == (warning,)
    dump = folder.dump(path="/", excludes=others)
    assert set(entries(dump)) == {".", "proc"}
    assert dump.manifest.warnings == (warning,)
