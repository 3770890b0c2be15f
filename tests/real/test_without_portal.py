"""docs/pemulihan-tanpa-portal.md, executed: plain restic and the database's own tools suffice."""

import os
import re
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from backups.engines.registry import engine_of_kind
from backups.jobs import nightly, transfer
from backups.manifest import read_objects
from backups.models import JobState, Transfer
from backups.orders import order_backup
from backups.registering import add_source
from backups.repository.locations import location_for
from backups.specs import UNWATCHED
from backups.verify import prove
from portal.lib import clock
from portal.lib.unseal import unseal
from tests import mariadb_servers, servers

PAGE = Path(__file__).resolve().parents[2] / "docs" / "pemulihan-tanpa-portal.md"
BLOCKS = dict(re.findall(r"```sh (\w+)\n(.*?)```", PAGE.read_text(), re.DOTALL))
SERVER_FACTS = frozenset({"roles", "database"})  # of the server, not of what a dump brings back


@pytest.fixture(params=["local", "media"])
def vault_role(request):
    return request.param


def backed_up(source):
    """Carry out a whole night of the source, both copies."""
    run = order_backup(source, None, clock.now(), rung=False)
    assert nightly.run(run.pk, clock.now(), ring_transfer=False) == JobState.GOOD, run.error
    owed = Transfer.objects.get(source=source, state=JobState.QUEUED)
    assert transfer.run(owed.pk, clock.now()) == JobState.GOOD


def by_hand(source, role, tmp_path, kind, **names):
    """Type the page's lines for this kind of source; return the folder that restic wrote."""
    row = source.repositories.get(vault__role=role)
    secret = tmp_path / "sandi.txt"
    secret.write_text(unseal(row.password_secret))
    target = tmp_path / "hasil"
    snapshot = source.snapshots.get().copies.get(repository=row).restic_id
    script = "\n".join(
        ["set -eu", *(BLOCKS[name] for name in ("buka", "ambil", "folder", kind, "periksa"))]
    )
    environment = {
        **os.environ,
        "TEMPAT": location_for(row.vault.location, source.key),
        "BERKAS_SANDI": str(secret),
        "ID": snapshot,
        "TUJUAN": str(target),
        **names,
    }
    subprocess.run(["bash", "-c", script], env=environment, check=True, capture_output=True)
    return target


def test_the_page_has_lines_for_every_kind_of_source():
    assert set(BLOCKS) >= {"buka", "ambil", "folder", "postgresql", "mariadb", "sqlite", "berkas"}


def test_postgresql_comes_back_by_hand(vaults, vault_role, tmp_path, postgresql_server):
    with servers.postgresql_database(postgresql_server) as spec:
        servers.execute(
            spec,
            "CREATE TABLE krs (id int PRIMARY KEY, nilai text, foto bytea)",
            "INSERT INTO krs SELECT n, 'nilai '||n, decode(md5(n::text),'hex')"
            " FROM generate_series(1, 500) n",
            "CREATE VIEW lulus AS SELECT id FROM krs WHERE id > 10",
        )
        source = _add(spec, host=spec.host, port=spec.port)
        backed_up(source)
        new = replace(spec, database=spec.database + "_baru")
        login = {"PGHOST": spec.host, "PGPORT": str(spec.port), "PGUSER": spec.read.username}
        login |= {"PGPASSWORD": spec.read.password, "BASIS_DATA_BARU": new.database}
        try:
            target = by_hand(source, vault_role, tmp_path, "postgresql", **login)
            assert servers.fetch(new, "SELECT count(*) FROM krs") == [(500,)]
            assert servers.fetch(new, "SELECT count(*) FROM lulus") == [(490,)]
            assert_same_dump(target, new, tmp_path)
        finally:
            home = replace(spec, database="postgres")
            servers.execute(home, f'DROP DATABASE IF EXISTS "{new.database}" WITH (FORCE)')


def test_mariadb_comes_back_by_hand(vaults, vault_role, tmp_path, mariadb_server):
    with mariadb_servers.mariadb_database(mariadb_server) as spec:
        mariadb_servers.execute(
            spec,
            "CREATE TABLE tugas (id INT PRIMARY KEY, isi TEXT, berkas BLOB)",
            "INSERT INTO tugas SELECT seq, CONCAT('jawaban ', seq), UNHEX(MD5(seq))"
            " FROM seq_1_to_500",
            "CREATE VIEW akhir AS SELECT id FROM tugas WHERE id > 10",
        )
        source = _add(spec, host=spec.host)
        backed_up(source)
        new = replace(spec, database=spec.database + "_baru")
        config = tmp_path / "home" / ".my.cnf"
        config.parent.mkdir()
        config.write_text(
            f"[client]\nsocket={spec.host}\nuser={spec.read.username}\n"
            f'password="{spec.read.password}"\n'
        )
        names = {"HOME": str(config.parent), "BASIS_DATA_BARU": new.database}
        try:
            target = by_hand(source, vault_role, tmp_path, "mariadb", **names)
            assert mariadb_servers.fetch(new, "SELECT count(*) FROM tugas") == [(500,)]
            assert mariadb_servers.fetch(new, "SELECT count(*) FROM akhir") == [(490,)]
            assert_same_dump(target, new, tmp_path)
        finally:
            home = replace(spec, database="mysql")
            mariadb_servers.execute(home, f"DROP DATABASE IF EXISTS `{new.database}`")


def test_sqlite_comes_back_by_hand(library, vault_role, tmp_path):
    backed_up(library)
    new = tmp_path / "baru.sqlite"
    by_hand(library, vault_role, tmp_path, "sqlite", BERKAS_BARU=str(new))
    with closing(sqlite3.connect(new)) as database:
        assert database.execute("SELECT count(*) FROM buku").fetchone() == (300,)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_files_come_back_by_hand(vaults, vault_role, tmp_path):
    root = tmp_path / "dokumen"
    (root / "sub folder").mkdir(parents=True)
    (root / "sub folder" / "surat 'penting'.txt").write_text("isi")
    (root / "pintas").symlink_to("sub folder")
    source = add_source("Dokumen", now=clock.now(), engine="files", path=str(root))
    backed_up(source)
    new = tmp_path / "baru"
    new.mkdir()
    names = {"JALUR_ASLI": str(root), "FOLDER_BARU": str(new)}
    by_hand(source, vault_role, tmp_path, "berkas", **names)
    assert (new / "sub folder" / "surat 'penting'.txt").read_text() == "isi"
    assert (new / "pintas").readlink() == Path("sub folder")


def _add(spec, **address):
    return add_source(
        spec.name,
        now=clock.now(),
        engine=spec.engine,
        database=spec.database,
        read_username=spec.read.username,
        read_password=spec.read.password,
        **address,
    )


def assert_same_dump(target, new, tmp_path):
    """Dump the new database through the same engine: every object's digest is the recorded one."""
    recorded = next(target.rglob("manifest.jsonl"))
    folder = tmp_path / "lagi"
    folder.mkdir()
    again = engine_of_kind(new.engine).dump(new, folder, UNWATCHED, None)
    proof = prove(
        read_objects(recorded), read_objects(again.manifest.path), ignored_kinds=SERVER_FACTS
    )
    assert proof.holds, proof.sentence()
