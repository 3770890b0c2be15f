"""A living PostgreSQL target: a database, its owner who restores, people who go on writing."""

from contextlib import contextmanager
from dataclasses import replace

from backups.engines.postgresql import PostgreSQL
from backups.engines.postgresql_replace import PostgreSQLReplacer
from backups.specs import WHOLE, Credential, Scope, ScopeKind
from tests.contracts.replacer_contract import LivingTarget
from tests.contracts.source_postgresql import FILLING, READER
from tests.servers import execute, fetch, postgresql_database

KIND = "postgresql"
WRITER = Credential("pemulih", "kata-sandi-pemulih")
MORE = """
CREATE TABLE nilai (
    id serial PRIMARY KEY, mahasiswa_id integer NOT NULL REFERENCES mahasiswa (id),
    huruf varchar(2) NOT NULL, bobot numeric(3, 2) GENERATED ALWAYS AS (1.5) STORED
);
INSERT INTO nilai (mahasiswa_id, huruf) SELECT id, 'A' FROM mahasiswa;
CREATE INDEX nilai_huruf ON nilai (huruf);
CREATE TABLE revisi (nilai_id integer REFERENCES nilai (id), kata text);
CREATE FUNCTION catat() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO revisi (kata) VALUES (TG_OP); RETURN NEW; END $$;
CREATE TRIGGER tercatat AFTER INSERT OR UPDATE ON nilai FOR EACH ROW EXECUTE FUNCTION catat();
CREATE VIEW lulus AS SELECT * FROM nilai WHERE huruf <> 'E';
"""


class LivingPostgreSQLTarget(LivingTarget):
    engine = PostgreSQL()
    replacer = PostgreSQLReplacer()
    scopes = (WHOLE, Scope(ScopeKind.TABLES, ("public.nilai",)))
    beside_name = "siakad_kemarin"

    def __init__(self, owned):
        self._owned = owned
        self.spec = replace(owned, read=READER, write=WRITER)

    def damage(self, scope):
        execute(
            self._owned,
            "DELETE FROM nilai WHERE id % 2 = 0",
            "UPDATE nilai SET huruf = 'E' WHERE id < 100",
            "INSERT INTO nilai (mahasiswa_id, huruf) VALUES (1, 'B')",
            "INSERT INTO kosong VALUES (1)",
        )

    def write_more(self):
        execute(self._owned, "INSERT INTO nilai (mahasiswa_id, huruf) VALUES (2, 'C')")

    def names(self):
        home = replace(self._owned, database="postgres")
        return {name for (name,) in fetch(home, "SELECT datname FROM pg_database")}


@contextmanager
def living(request, folder):
    """Yield a filled database that its restorer owns: no superuser is needed to restore."""
    server = request.getfixturevalue("postgresql_server")
    with postgresql_database(server) as owned:
        execute(
            owned,
            f"DROP ROLE IF EXISTS {READER.username}",
            f"CREATE ROLE {READER.username} LOGIN PASSWORD '{READER.password}'"
            " IN ROLE pg_read_all_data",
            f"DROP ROLE IF EXISTS {WRITER.username}",
            f"CREATE ROLE {WRITER.username} LOGIN CREATEDB PASSWORD '{WRITER.password}'"
            " IN ROLE pg_signal_backend",
            f"ALTER DATABASE {owned.database} OWNER TO {WRITER.username}",
            f'ALTER DATABASE {owned.database} SET search_path TO public, "Tahun 2026"',
            f"ALTER DATABASE {owned.database} SET work_mem TO '5MB'",
            f"GRANT CREATE ON DATABASE {owned.database} TO {READER.username}",
        )
        target = LivingPostgreSQLTarget(owned)
        execute(replace(owned, read=WRITER), FILLING, MORE)
        try:
            yield target
        finally:
            home = replace(owned, database="postgres")
            for name in target.names():
                if name.startswith("pulih_") or name == target.beside_name:
                    execute(home, f'DROP DATABASE "{name}" WITH (FORCE)')
            execute(
                home,
                f"DROP DATABASE IF EXISTS {owned.database} WITH (FORCE)",
                f"DROP ROLE {WRITER.username}",
            )
