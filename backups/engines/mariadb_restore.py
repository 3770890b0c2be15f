"""MariaDB brought back: a throwaway server, and the dump loaded into it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backups import process
from backups.engines import mariadb_client as client
from backups.engines.mariadb_contents import DATABASE_FILE
from backups.engines.mariadb_load import load
from backups.errors import DumpFailed
from backups.sandbox.mariadb import mariadb
from backups.specs import WHOLE, Credential, Fetched, SourceSpec, Watch

SANDBOX_DATABASE = "uji_pulih"


class MariaDBRestorer:
    """Brings a MariaDB dump back."""

    kind = "mariadb"

    @contextmanager
    def sandbox(self, folder: Path, fetched: Fetched) -> Iterator[SourceSpec]:
        """Run a server with one empty database, alike in character set and collation."""
        with mariadb(folder) as server:
            place = SourceSpec(
                key="sandbox",
                name="sandbox",
                engine=self.kind,
                host=server.socket,
                database=SANDBOX_DATABASE,
                read=Credential(server.username, server.password),
            )
            _make_database(place, fetched.dump)
            yield place

    def load(self, fetched: Fetched, into: SourceSpec, watch: Watch) -> None:
        """Give the dump to as many clients as the place bears; see mariadb_load."""
        load(fetched.dump, into, WHOLE, watch, leave_out=frozenset())

    def brings_definitions(self) -> bool:
        """Return True: definers are kept by name, whether or not their accounts are here."""
        return True


def _make_database(place: SourceSpec, dump: Path) -> None:
    facts = json.loads((dump / DATABASE_FILE).read_bytes())
    statement = (
        f"CREATE DATABASE {SANDBOX_DATABASE}"
        f" CHARACTER SET {word(facts['character_set'])} COLLATE {word(facts['collation'])}"
    )
    argv = ("mariadb", "--no-defaults", *client.address(place), "-e", statement)
    done = process.run(argv, extra_environment=client.environment(place))
    if not done.ok:
        raise DumpFailed(f"The sandbox's database could not be made: {done.last_line()}")


def word(name: str) -> str:
    """Return a character set's or collation's name; whatever is none is refused."""
    if not name.replace("_", "").isalnum():
        raise DumpFailed(f"{name!r} is no name of a character set.")
    return name
