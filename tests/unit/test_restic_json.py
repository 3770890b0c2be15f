"""What restic 0.14 and 0.18 really said, read into values."""

from datetime import UTC, datetime

import pytest

from backups.errors import (
    NoSpace,
    RepositoryDamaged,
    RepositoryError,
    RepositoryLocked,
    RepositoryMissing,
    WrongRepositoryPassword,
)
from backups.repository import restic_json

ID = "f048036604e06753c6e4ec51e1de9ae8e2d173b620d197d9a68f8da1bd656720"
COPY = "7e2feeb8dd6cda72460d4cc2eee481ae282bf2ba4bd529335933268cdc1a4529"
TREE = "87dff487a7a5825be524f60e9037921d3555d073baba2706530f3c5d1a96f265"
PACK = "bcfe81af9a4665076a36a96f2c88f0f747997a4a39e87fa4c57ae87f1986c746"
OTHER_PACK = "32683d156bc09322ea6b5da9727ea56334a22b54d14677e0cbf6066c90b7e578"
BLOB = "ca6153c2c50417fc30bfda3c83ed3b1ae095bf113ba948b765c2657b1de1ee28"

STATUS = (
    '{"message_type":"status","seconds_elapsed":1,"percent_done":0.19,'
    '"total_bytes":600000000,"bytes_done":118179451,"current_files":["/big/x"]}'
)
BACKUP_0_14 = """\
{"message_type":"status","percent_done":0,"total_files":1,"total_bytes":3}
{"message_type":"summary","files_new":2,"data_blobs":5,"data_added":5002304,\
"total_files_processed":2,"total_bytes_processed":5000003,"snapshot_id":"f0480366"}
"""
BACKUP_0_18 = f"""\
{{"message_type":"status","percent_done":0,"total_files":1,"total_bytes":3}}
{{"message_type":"summary","files_new":0,"data_added":699,"data_added_packed":577,\
"total_bytes_processed":5000003,"backup_start":"2026-11-23T08:26:33.434693881Z",\
"snapshot_id":"{ID}"}}
"""


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("restic 0.14.0 compiled with go1.19.8 on linux/amd64", (0, 14, 0)),
        ("restic 0.18.0 compiled with go1.24.4 on linux/amd64", (0, 18, 0)),
        ("restic 0.16.4-dev (compiled manually) compiled with go1.22", (0, 16, 4)),
        ("rustic 9", None),
    ],
)
def test_reads_the_release(said, version):
    assert restic_json.version(said) == version


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (STATUS, (118179451, 600000000)),
        ('{"message_type":"status","percent_done":0,"total_files":1}', (0, None)),
        (
            '{"message_type":"status","total_bytes":5000003,"bytes_restored":2815839}',
            (2815839, 5000003),
        ),
        ("[0:43] 50.00%  1 / 2 packs copied", (1, 2)),
        ("[1:02:43] 100.00%  17 / 17 packs", (17, 17)),
        ("[0:00]          0 packs", None),
        ("[]", None),
        ("", None),
        ("load indexes", None),
        ('{"message_type":"something new"}', None),
        ('{"message_type":"status"', None),
    ],
)
def test_reads_how_far_it_is_and_passes_over_all_else(line, told):
    assert restic_json.progress(line) == told


def test_a_summary_has_the_short_id_in_0_14_and_the_full_one_later():
    assert restic_json.summary(BACKUP_0_14) == restic_json.Summary("f0480366", 5000003, None)
    assert restic_json.summary(BACKUP_0_18) == restic_json.Summary(ID, 5000003, 577)


@pytest.mark.parametrize(
    "stdout",
    ["", BACKUP_0_14.splitlines()[0], '{"message_type":"summary","files_new":0}', "killed"],
)
def test_no_summary_is_no_snapshot(stdout):
    assert restic_json.summary(stdout) is None


def test_reads_snapshots_oldest_first_in_utc():
    stdout = (
        f'[{{"time":"2026-11-24T00:00:01+07:00","tree":"{TREE}","paths":["/b"],"id":"{COPY}",'
        f'"original":"{ID}"}},'
        f'{{"time":"2026-11-23T08:16:33.901805225Z","tree":"{TREE}","paths":["/a"],'
        f'"hostname":"pulih","tags":["a:b","run:1"],"id":"{ID}","short_id":"f0480366"}}]'
    )
    first, second = restic_json.snapshots(stdout)
    assert (first.snapshot.id, first.original) == (ID, "")
    assert first.snapshot.taken_at == datetime(2026, 11, 23, 8, 16, 33, 901805, tzinfo=UTC)
    assert first.snapshot.tags == ("a:b", "run:1")
    assert (second.snapshot.id, second.original) == (COPY, ID)
    assert second.snapshot.taken_at == datetime(2026, 11, 23, 17, 0, 1, tzinfo=UTC)
    assert second.snapshot.tags == ()


@pytest.mark.parametrize("stdout", ["[]", "null", ""])
def test_an_empty_repository_lists_nothing(stdout):
    assert restic_json.snapshots(stdout) == []


def test_names_what_could_not_be_read_in_both_shapes():
    stderr = """\
{"message_type":"error","error":{"Op":"open","Path":"/a/b","Err":13},"during":"archival",\
"item":"/a/b"}
{"message_type":"error","error":{"message":"open /a/c: permission denied"},"item":"/a/c"}
{"message_type":"error","error":{},"item":"/a/d"}
Warning: at least one source file could not be read
"""
    assert restic_json.unreadable(stderr) == [
        "/a/b: Permission denied",
        "/a/c: open /a/c: permission denied",
        "/a/d: could not be read",
    ]


def test_hears_which_snapshots_it_did_not_know():
    stderr = (
        f'Ignoring "{ID}": no matching ID found for prefix "{ID}"\n'
        f'Ignoring "{COPY}": failed to load snapshot 7e2feeb8: open a: no such file or directory\n'
    )
    assert restic_json.ignored(stderr) == [ID, COPY]


LOCKED = """\
unable to create lock in backend: repository is already locked by PID 14444 on vm by root (UID 0)
lock was created at 2026-11-23 08:28:34 (1.328100425s ago)
storage ID 9a6aac07
the `unlock` command can be used to remove stale locks
"""
NO_SPACE = (
    "Fatal: unable to save snapshot: write /v/data/9e/9e56f20d-tmp-1307: no space left on device"
)
RETRIES = """\
Load(<data/32683d156b>, 0, 0) returned error, retrying after 552ms: open M/data/32: no such file \
or directory
StreamPack: open M/data/32/32683d156b: no such file or directory
"""
CHECK_0_18 = f"""\
{{"message_type":"error","message":"pack {PACK} contains 2 errors: [blob {BLOB}: decrypting blob \
\\u003cdata/ca6153c2\\u003e from bcfe81af failed: ciphertext verification failed]\\n"}}
{{"message_type":"exit_error","code":1,"message":"Fatal: repository contains errors"}}
"""
COPY_0_14 = """\
ciphertext verification failed
github.com/restic/restic/internal/crypto.init
\tgithub.com/restic/restic/internal/crypto/crypto.go:30
"""
MISSING_0_14 = """\
Fatal: unable to open config file: stat nope/config: no such file or directory
Is there a repository at the following location?
nope
"""
MISSING_0_18 = (
    '{"message_type":"exit_error","code":10,"message":"Fatal: repository does not exist: unable '
    "to open config file: stat nope/config: no such file or directory\\nIs there a repository at "
    'the following location?\\nnope"}'
)


MISSING_ON_S3 = "Fatal: unable to open config file: Stat: The specified key does not exist."
RESTORE_0_14 = """\
ignoring error for /a/b: ciphertext verification failed
Fatal: There were 1 errors
"""
RESTORE_0_18 = """\
{"message_type":"error","error":{"message":"decrypting blob \\u003cdata/ca6153c2\\u003e failed: \
ciphertext verification failed"},"during":"restore","item":"/a/b"}
{"message_type":"exit_error","code":1,"message":"Fatal: There were 1 errors\\n"}
"""
LOST_PACK = f"pack {OTHER_PACK}: does not exist\nFatal: repository contains errors"
LOST_TREE = f"""\
error for tree 87dff487:
  id {TREE} not found in repository
Fatal: repository contains errors
"""
REFUSED = """\
subprocess ssh: ssh: connect to host 127.0.0.1 port 22: Connection refused
Fatal: unable to open repository at sftp:u@127.0.0.1:/x: unable to start the sftp session
"""


@pytest.mark.parametrize(
    ("code", "stderr", "kind", "words"),
    [
        (1, "Fatal: wrong password or no key found", WrongRepositoryPassword, "password"),
        (12, "", WrongRepositoryPassword, "password"),
        (1, MISSING_0_14, RepositoryMissing, "stat nope/config"),
        (1, MISSING_ON_S3, RepositoryMissing, "no repository"),
        (10, MISSING_0_18, RepositoryMissing, "stat nope/config"),
        (1, LOCKED, RepositoryLocked, "PID 14444 on vm"),
        (11, "repo already locked, waiting up to 0s for the lock", RepositoryLocked, "lock"),
        (1, NO_SPACE, NoSpace, "no space left on device"),
        (1, "Fatal: write /t/restic-temp-pack-1: file too large", NoSpace, "temp-pack"),
        (1, "Fatal: sftp: 507 Insufficient Storage", NoSpace, "full"),
        (1, f"Pack ID does not match, want {PACK}, got {BLOB}", RepositoryDamaged, PACK),
        (1, LOST_PACK, RepositoryDamaged, OTHER_PACK),
        (1, CHECK_0_18, RepositoryDamaged, PACK),
        (1, COPY_0_14, RepositoryDamaged, "ciphertext verification failed"),
        (1, RETRIES, RepositoryDamaged, "damaged"),
        (1, LOST_TREE, RepositoryDamaged, "contains errors"),
        (1, RESTORE_0_14, RepositoryDamaged, "/a/b: ciphertext verification failed"),
        (1, RESTORE_0_18, RepositoryDamaged, "/a/b: decrypting blob"),
        (-9, "", RepositoryError, "signal 9"),
        (7, "", RepositoryError, "ended with 7"),
    ],
)
def test_an_end_is_told_as_what_it_is(code, stderr, kind, words):
    error = restic_json.failure(code, stderr, "Storing into /vault")
    assert type(error) is kind
    assert str(error).startswith("Storing into /vault failed: ")
    assert words in str(error)
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    "stderr",
    [
        REFUSED,
        "Fatal: unable to open config file: Stat: dial tcp: lookup s3.example: no such host",
        "Fatal: unable to open config file: stat /not found/config: permission denied",
    ],
)
def test_a_place_that_cannot_be_reached_is_not_taken_for_an_empty_one(stderr):
    error = restic_json.failure(1, stderr, "Opening x")
    assert type(error) is RepositoryError


def test_the_reason_of_an_unreachable_host_is_what_ssh_said():
    assert str(restic_json.failure(1, REFUSED, "Opening x")) == (
        "Opening x failed: ssh: connect to host 127.0.0.1 port 22: Connection refused."
    )


def test_many_damaged_packs_are_counted_and_some_named():
    packs = [f"{number:064x}" for number in range(20)]
    stderr = "\n".join(f"pack {pack}: does not exist" for pack in packs)
    said = str(restic_json.failure(1, f"{stderr}\nrepository contains errors", "Checking /v"))
    assert "20 packs" in said
    assert packs[0] in said
    assert packs[19] not in said
