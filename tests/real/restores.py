"""A living PostgreSQL source with a good night behind it, for the tests of restores."""

from contextlib import contextmanager
from dataclasses import replace

from backups import manifest
from backups.engines.postgresql import PostgreSQL
from backups.jobs import nightly, restore
from backups.models import JobState, RestoreTarget
from backups.orders import order_backup
from backups.registering import add_source
from backups.restoring import Order, order_restore
from backups.specs import UNWATCHED, Credential
from portal.lib import clock
from tests.servers import execute, fetch, postgresql_database

READER, WRITER = Credential("pembaca_u", "baca"), Credential("pemulih_u", "pulih")
FILLING = """
CREATE TABLE mahasiswa (nim varchar(10) PRIMARY KEY, nama text NOT NULL);
INSERT INTO mahasiswa SELECT to_char(n, 'FM0000000000'), 'Nama ' || n FROM
    generate_series(1, 300) n;
CREATE TABLE nilai (
    id serial PRIMARY KEY, nim varchar(10) NOT NULL REFERENCES mahasiswa, huruf varchar(2)
);
INSERT INTO nilai (nim, huruf) SELECT nim, 'A' FROM mahasiswa;
CREATE VIEW lulus AS SELECT m.nama, n.huruf FROM nilai n JOIN mahasiswa m USING (nim);
"""


@contextmanager
def living_source(server):
    """Yield (source, owner's spec): a database whose owner restores and no superuser is needed."""
    with postgresql_database(server) as owned:
        execute(
            owned,
            *(f"DROP ROLE IF EXISTS {who.username}" for who in (READER, WRITER)),
            f"CREATE ROLE {READER.username} LOGIN PASSWORD '{READER.password}'"
            " IN ROLE pg_read_all_data",
            f"CREATE ROLE {WRITER.username} LOGIN CREATEDB PASSWORD '{WRITER.password}'"
            " IN ROLE pg_signal_backend",
            f"ALTER DATABASE {owned.database} OWNER TO {WRITER.username}",
        )
        spec = replace(owned, read=WRITER, write=WRITER)
        execute(spec, FILLING)
        source = add_source(
            "Siakad",
            now=clock.now(),
            engine="postgresql",
            host=owned.host,
            port=owned.port,
            database=owned.database,
            read_username=READER.username,
            read_password=READER.password,
            write_username=WRITER.username,
            write_password=WRITER.password,
        )
        try:
            yield source, spec
        finally:
            home = replace(owned, database="postgres")
            for name in databases(owned):
                if name.startswith("pulih_") or name == owned.database:
                    execute(home, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            execute(home, f"DROP ROLE {WRITER.username}", f"DROP ROLE {READER.username}")


def source_of(spec):
    """Add a source for what a spec reads and writes; without a writer the reader writes too."""
    known = {"host": spec.host, "port": spec.port, "database": spec.database, "path": spec.path}
    if spec.read:
        writer = spec.write or spec.read
        known |= {
            "read_username": spec.read.username,
            "read_password": spec.read.password,
            "write_username": writer.username,
            "write_password": writer.password,
        }
    return add_source(spec.name, now=clock.now(), engine=spec.engine, **known)


def databases(spec):
    """Return the names of all databases of the server."""
    home = replace(spec, database="postgres")
    return {name for (name,) in fetch(home, "SELECT datname FROM pg_database")}


def backed_up(source):
    """Back the source up and return the snapshot."""
    run = order_backup(source, None, clock.now(), rung=False)
    nightly.run(run.pk, clock.now(), ring_transfer=False)
    run.refresh_from_db()
    assert (run.state, run.error) == (JobState.GOOD, ""), run.log
    return source.snapshots.latest("pk")


def ordered(snapshot, target=RestoreTarget.LIVE, **more):
    """Order a restore that somebody approved."""
    reason = {"reference": "plan:1", "reference_name": "DT-2026-000001-1"}
    return order_restore(Order(snapshot, target, **(reason | more)), clock.now(), rung=False)


def restored(snapshot, target=RestoreTarget.LIVE, **more):
    """Order a restore, carry it out, and return its row."""
    job = ordered(snapshot, target, **more)
    restore.run(job.pk, clock.now())
    job.refresh_from_db()
    return job


def digests(spec, folder):
    """Return what the database holds, by digest."""
    folder.mkdir()
    dump = PostgreSQL().dump(spec, folder, UNWATCHED, None)
    return {
        (each.kind, each.name): (each.rows, each.sha256, each.schema_sha256)
        for each in manifest.read_objects(dump.manifest.path)
        if each.kind not in {"roles", "database"}
    }


def damage(spec):
    """Lose and spoil rows, as people do."""
    execute(
        spec,
        "DELETE FROM nilai WHERE id % 3 = 0",
        "UPDATE nilai SET huruf = 'E' WHERE id % 3 = 1",
        "CREATE TABLE catatan (baru text)",
    )
