"""Downloads of every kind, made for real: whole and in part, opened again, killed, cancelled."""

import csv
import hashlib
import io
import json
import shlex
import sqlite3
import stat
import subprocess
import zipfile
from contextlib import closing

import pytest
from django.core.management import CommandError, call_command

from backups.downloading import Recipient, download_file
from backups.jobs import download_care, restore, sweep
from backups.models import Download, Hold, JobState, RestorePhase, RestoreTarget
from backups.packing import README, SUMS, sum_line
from backups.registering import add_source
from backups.restoring import Order, order_restore
from portal.accounts.models import Role
from portal.lib import clock
from portal.lib.sealed_stream import opened
from portal.lib.unseal import unseal
from tests.app.people import person
from tests.contracts import target_files, target_mariadb, target_sqlite
from tests.real.restores import backed_up, living_source, source_of
from tests.real.test_kills import kill_at
from tests.real.test_restore_kills import later
from tests.real.test_row_restores import picked

KINDS = {"files": target_files, "mariadb": target_mariadb, "sqlite": target_sqlite}
TO_RAHMA = Recipient("Rahma", "rahma@kampus.example", "")


def ordered(snapshot, scope=None, **more):
    order = Order(
        snapshot,
        RestoreTarget.DOWNLOAD,
        scope or {"kind": "whole"},
        **({"recipient": TO_RAHMA} | more),
    )
    return order_restore(order, clock.now(), rung=False)


def made(snapshot, scope=None, **more):
    """Order a download, carry it out, and return its row."""
    job = ordered(snapshot, scope, **more)
    restore.run(job.pk, clock.now())
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.GOOD, "")
    assert job.objects_equal == job.objects_total > 0
    assert not Hold.objects.filter(key=job.hold_key).exists()
    return job.download


def archive(download):
    """Open the archive as the person does who has the key."""
    key = unseal(download.key_secret)
    with download_file(download).open("rb") as file:
        plain = b"".join(opened(file, key))
    assert len(plain) == download.size
    return zipfile.ZipFile(io.BytesIO(plain))


def checked(packed):
    """Hold every member to SHA256SUMS; return the names."""
    lines = packed.read("SHA256SUMS").decode().split("\n")[:-1]
    members = [info for info in packed.infolist() if info.filename not in {SUMS, README}]
    files = [info.filename for info in members if stat.S_ISREG(info.external_attr >> 16)]
    assert sorted(lines) == sorted(
        sum_line(name, hashlib.sha256(packed.read(name)).hexdigest()).rstrip("\n") for name in files
    )
    assert packed.testzip() is None
    return set(packed.namelist())


def readme(packed):
    return packed.read("README.txt").decode().splitlines()


def table(packed, name):
    return list(csv.reader(io.StringIO(packed.read(f"csv/{name}.csv").decode("utf-8-sig"))))


@pytest.mark.parametrize("kind", ["mariadb", "sqlite"])
def test_a_database_is_given_as_tables_and_as_its_dump(kind, vaults, tmp_path, request):
    folder = tmp_path / "target"
    folder.mkdir()
    with KINDS[kind].living(request, folder) as target:
        night = backed_up(source_of(target.spec))
        target.damage(target.scopes[0])
        packed = archive(made(night))
        names = checked(packed)
        part = archive(made(night, _scope(target.scopes[1])))
        few = checked(part)
    dumped = {name for name in names if name.startswith("dump/data/")}
    assert dumped
    assert "Terbukti: " in packed.read("README.txt").decode()
    chosen = {name for name in few if name.startswith("csv/")}
    assert len(chosen) == len(target.scopes[1].names)
    assert chosen < {name for name in names if name.startswith("csv/")}
    if kind == "sqlite":
        assert not any(name.startswith("dump/") for name in few)  # its file holds every table
        assert len(table(part, "pinjam")) == 51
        (tmp_path / "x.sqlite").write_bytes(packed.read("dump/data/database.sqlite"))
        with closing(sqlite3.connect(tmp_path / "x.sqlite")) as database:
            assert database.execute("SELECT count(*) FROM pinjam").fetchone() == (50,)
    else:
        assert {name for name in few if name.startswith("dump/data/")} < dumped


def test_files_come_with_their_names_times_and_links(vaults, tmp_path, request):
    folder = tmp_path / "target"
    folder.mkdir()
    with target_files.living(request, folder) as target:
        night = backed_up(source_of(target.spec))
        target.damage(target.scopes[0])
        names = checked(archive(made(night)))
        part = archive(made(night, _scope(target.scopes[1])))
        few = checked(part)
    assert "berkas/di luar.txt" in names - few
    assert part.read("berkas/surat/masuk/satu") == b"isi"
    assert part.read("berkas/surat/keluar.txt") == b"asli"
    assert part.read("berkas/surat/masuk/pintas") == b"/tidak/ada"
    assert part.getinfo("berkas/surat/masuk/satu").external_attr >> 16 & 0o777 == 0o604


def test_of_postgresql_only_the_chosen_table_leaves_and_no_server_role(
    vaults, postgresql_server, tmp_path
):
    with living_source(postgresql_server) as (source, _):
        night = backed_up(source)
        names = checked(archive(made(night)))
        part = archive(made(night, {"kind": "tables", "names": ["public.nilai"]}))
        few = checked(part)
        to_file = tmp_path / "bawa.zip"
        plain = made(night, {"kind": "tables", "names": ["public.nilai"]}, out=str(to_file))
    assert {"csv/public.mahasiswa.csv", "csv/public.nilai.csv", "dump/data/toc.dat"} < names
    assert "dump/roles.sql" not in names | few
    assert {name for name in few if name.startswith("csv/")} == {"csv/public.nilai.csv"}
    assert len([name for name in few if name.endswith(".dat")]) == 2  # the list and one table
    assert "dump/manifest.jsonl" in names - few
    part.extractall(tmp_path / "x")
    tool, *words = shlex.split(next(line for line in readme(part) if "pg_restore" in line))
    words = [word for word in words if not word.startswith(("--table", "--dbname"))]
    shown = (tool, *words, "--table=nilai", "--file=-")
    said = subprocess.run(shown, cwd=tmp_path / "x", capture_output=True, check=True, text=True)
    assert "COPY public.nilai" in said.stdout
    assert "COPY public.mahasiswa" not in said.stdout
    assert table(part, "public.nilai")[0] == ["id", "nim", "huruf"]
    assert len(table(part, "public.nilai")) == 301
    assert checked(zipfile.ZipFile(to_file)) == few
    assert to_file.stat().st_mode & 0o777 == 0o600
    assert (plain.file, plain.key_secret, plain.size) == ("", "", to_file.stat().st_size)


def _scope(scope):
    return {"kind": str(scope.kind), "names": list(scope.names)}


@pytest.mark.parametrize("step", [RestorePhase.PACK, RestorePhase.KEEP, "in the archive"])
def test_killed_while_it_is_made_there_is_no_half_and_no_orphan(library, state, step):
    night = backed_up(library)
    job = ordered(night)
    kill_at("restore", job, step, state)
    downloads = state / "downloads"
    left = list(downloads.iterdir())
    assert len(left) == (0 if step == RestorePhase.PACK else 1)
    assert not Download.objects.waiting(clock.now()).exists()
    download_care.tidy(clock.now())
    assert list(downloads.iterdir()) == left  # its job claims to run: it may be alive
    sweep.end_lost_jobs(later())
    restore.run(job.pk, clock.now())
    job.refresh_from_db()
    assert job.state == JobState.GOOD
    download_care.tidy(clock.now())
    assert [path.name for path in downloads.iterdir()] == [job.download.file]
    checked(archive(job.download))


def test_cancelled_in_the_middle_it_leaves_nothing(library, state, monkeypatch):
    night = backed_up(library)
    job = ordered(night)
    stopping = restore.lifecycle.JobWatch.advance

    def stop(watch, *figures):
        if watch.state()[0] == RestorePhase.PACK:
            watch._stopped.set()
        stopping(watch, *figures)

    monkeypatch.setattr(restore.lifecycle.JobWatch, "advance", stop)
    restore.run(job.pk, clock.now())
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED
    assert not list((state / "downloads").iterdir())
    assert not list((state / "staging" / library.key).glob("download/*"))


def test_a_disk_that_cannot_bear_it_is_said_before_anything_is_fetched(library, state, monkeypatch):
    night = backed_up(library)
    full = type("Usage", (), {"free": 10})
    monkeypatch.setattr("backups.jobs.download.shutil.disk_usage", lambda _: full)
    job = ordered(night)
    restore.run(job.pk, clock.now())
    job.refresh_from_db()
    assert (job.state, job.error_kind) == (JobState.FAILED, "NoSpace")
    assert "10 are free" in job.error


@pytest.fixture
def rack(vaults, tmp_path):
    """A small source, of which a row was lost since its night."""
    path = tmp_path / "rak.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(
            "CREATE TABLE rak (k PRIMARY KEY, isi); INSERT INTO rak VALUES (1, 'a'), (2, 'b');"
        )
    night = backed_up(add_source("Rak", now=clock.now(), engine="sqlite", path=str(path)))
    with closing(sqlite3.connect(path)) as database:
        database.executescript("DELETE FROM rak WHERE k = 2;")
    return night


def test_picked_rows_come_as_one_table_and_no_other_row_leaves(rack):
    pick = picked(rack, "rak")
    packed = archive(made(rack, {"kind": "rows", "pick": pick.pk}))
    assert checked(packed) == {"csv/rak.csv", "SHA256SUMS", "README.txt"}
    assert table(packed, "rak") == [["k", "isi"], ["2", "b"]]


def told(*words):
    """Say the command; return its one JSON object."""
    out = io.StringIO()
    call_command("restore", "Rak", *words, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_the_command_writes_a_file_or_mails_a_link_and_never_says_the_key(rack, tmp_path):
    file = tmp_path / "rak.zip"
    facts = told("--to", "download", "--table", "rak", "--out", str(file))
    assert (facts["state"], facts["target"], facts["file"]) == ("restored", "download", str(file))
    assert facts["proof"] == {"equal": 1, "compared": 1}
    assert "csv/rak.csv" in checked(zipfile.ZipFile(file))
    person("dina", Role.ANALYST)
    facts = told("--to", "download", "--for", "dina")
    assert facts["recipient"] == "dina@uhamka.example"
    assert facts["expires_at"]
    key = unseal(Download.objects.first().key_secret)
    assert key not in json.dumps(facts)


@pytest.mark.parametrize(
    "words",
    [
        ("--to", "download"),
        ("--to", "download", "--for", "nobody"),
        ("--to", "download", "--for", "a", "--ticket", "b"),
        ("--to", "download", "--out", "x", "--emergency", "y"),
        ("--beside", "x", "--out", "y"),
        ("--to", "download", "--out", "/"),
    ],
)
def test_words_that_do_not_say_whose_it_is_are_refused(rack, words):
    with pytest.raises(CommandError) as error:
        told(*words)
    assert error.value.returncode == 2
    assert not Download.objects.exists()
