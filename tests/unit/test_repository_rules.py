"""Where repositories live, what is asked of restic's command line, and progress by looking."""

import shlex
from pathlib import Path

import pytest

from backups.errors import RepositoryError
from backups.repository import growth, restic
from backups.repository.growth import Growing
from backups.repository.locations import folder_of, is_url, location_for, shown, ssh_command
from backups.repository.restic_call import prepared
from backups.specs import RepositorySpec, Unwatched

LOG = Path("/log")


@pytest.mark.parametrize(
    ("vault", "repository"),
    [
        ("/srv/vault", "/srv/vault/siakad"),
        ("/srv/vault/", "/srv/vault/siakad"),
        ("local:/srv/vault", "local:/srv/vault/siakad"),
        ("sftp:bpti@media:/srv/vault", "sftp:bpti@media:/srv/vault/siakad"),
        ("sftp:bpti@media:", "sftp:bpti@media:siakad"),
        ("sftp://bpti@media:2222//srv/vault", "sftp://bpti@media:2222//srv/vault/siakad"),
        ("s3:https://minio.example/bucket", "s3:https://minio.example/bucket/siakad"),
        ("rest:https://u:p@host:8000/", "rest:https://u:p@host:8000/siakad"),
        ("rclone:media:", "rclone:media:siakad"),
        ("rclone:media:vault", "rclone:media:vault/siakad"),
        ("b2:bucket", "b2:bucket:siakad"),
        ("b2:bucket:vault", "b2:bucket:vault/siakad"),
        ("gs:bucket:/", "gs:bucket:/siakad"),
        ("azure:container:/vault", "azure:container:/vault/siakad"),
    ],
)
def test_each_source_has_its_own_place_in_a_vault(vault, repository):
    assert location_for(vault, "siakad") == repository


@pytest.mark.parametrize("key", ["", "..", "a/b", "/a", "-a", "a b", "a\n", ".hidden", "a" * 101])
def test_no_key_climbs_out_of_its_vault(key):
    with pytest.raises(RepositoryError):
        location_for("/srv/vault", key)


@pytest.mark.parametrize("vault", ["", "vault", "./vault", "ftp:host"])
def test_a_vault_is_absolute_or_a_url_that_restic_knows(vault):
    with pytest.raises(RepositoryError):
        location_for(vault, "siakad")


def test_tells_folders_from_urls():
    assert not is_url("/srv/s3:x")
    assert is_url("s3:host/bucket")
    assert str(folder_of("/srv/vault")) == str(folder_of("local:/srv/vault")) == "/srv/vault"
    assert folder_of("sftp:a:/srv") is None


@pytest.mark.parametrize(
    ("location", "seen"),
    [
        ("rest:https://bpti:rah:asia@host/x", "rest:https://bpti:***@host/x"),
        ("at rest:https://:rahasia@host", "at rest:https://:***@host"),
        ("sftp://bpti@host:2222//srv", "sftp://bpti@host:2222//srv"),
        ("/srv/vault", "/srv/vault"),
    ],
)
def test_no_password_of_a_url_is_shown(location, seen):
    assert shown(location) == seen


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("sftp:bpti@media:/srv", ["-oUser=bpti", "-s", "--", "media", "sftp"]),
        ("sftp:media:srv", ["-s", "--", "media", "sftp"]),
        (
            "sftp://bpti@media:2222//srv",
            ["-oPort=2222", "-oUser=bpti", "-s", "--", "media", "sftp"],
        ),
        ("sftp://[::1]:2222//srv", ["-oPort=2222", "-s", "--", "::1", "sftp"]),
    ],
)
def test_reaches_an_sftp_host_without_asking_anybody(location, words):
    command = shlex.split(ssh_command(location, {}, LOG))
    assert command[:3] == ["ssh", "-E", str(LOG)]
    assert "-oBatchMode=yes" in command
    assert command[-len(words) :] == words


@pytest.mark.parametrize(
    "location", ["sftp:", "sftp:-oProxyCommand=x:/", "sftp://-x/", "sftp:/srv", "sftp:[::1]:/srv"]
)
def test_an_option_is_no_host(location):
    with pytest.raises(RepositoryError, match="names no host"):
        ssh_command(location, {}, LOG)


def test_an_ssh_key_is_used_alone_and_hosts_are_remembered_beside_it():
    command = shlex.split(ssh_command("sftp:a:/b", {"SSH_KEY_FILE": "/k e/y%h"}, LOG))
    assert '-oIdentityFile="/k e/y%%h"' in command
    assert '-oUserKnownHostsFile="/k e/known_hosts"' in command
    assert "-oIdentitiesOnly=yes" in command


def test_two_sides_that_one_restic_cannot_hold_apart_are_refused(tmp_path):
    far, farther = (RepositorySpec(f"sftp:{host}:/v", "x") for host in ("a", "b"))
    one, two = (RepositorySpec("s3:h/b", "x", {"AWS_ACCESS_KEY_ID": key}) for key in "ab")
    for here, there in ((far, farther), (one, two)):
        with (
            pytest.raises(RepositoryError) as error,
            prepared(["copy"], here, tmp_path, there),
        ):
            pass
        assert error.value.advice


def test_a_pattern_means_just_its_path():
    assert restic.escape_pattern(r"/a*b/[c]?\d") == r"/a\*b/\[c\]\?\\d"


def test_many_wanted_paths_are_spread_over_calls_that_fit():
    options = [f"--include=/{number:0100d}" for number in range(10_000)]
    batches = list(restic._batches(options))
    assert [option for batch in batches for option in batch] == options
    assert len(batches) > 1
    assert all(sum(map(len, batch)) < 2**20 for batch in batches)
    assert list(restic._batches([])) == [[]]


class Meter(Unwatched):
    """A Watch that remembers what it heard."""

    def __init__(self):
        self.heard = []

    def advance(self, done, total=None):
        self.heard.append((done, total))


def test_looks_how_far_a_silent_program_is(tmp_path, monkeypatch):
    monkeypatch.setattr(growth, "SHORTEST_PAUSE", 0.0)
    monkeypatch.setattr(growth, "SHARE_OF_TIME", float("inf"))
    meter = Meter()
    watch = Growing(meter, tmp_path)
    (tmp_path / "a").write_bytes(b"x" * 10)
    assert not watch.stopped()
    assert meter.heard == [(10, None)]


def test_believes_a_program_that_tells_its_progress_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(growth, "SHORTEST_PAUSE", 0.0)
    meter = Meter()
    watch = Growing(meter, tmp_path)
    watch.advance(5, 50)
    watch.stopped()
    assert meter.heard == [(5, 50)]
