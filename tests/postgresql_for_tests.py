"""Run a command with DATABASE_URL naming a PostgreSQL server that ends with it.

python -m tests.postgresql_for_tests pytest tests/app
"""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from backups.sandbox.postgresql import PostgreSQLServer, postgresql


def main(argv: list[str]) -> int:
    """Return the command's own exit code."""
    with (
        TemporaryDirectory(prefix="pulih-tests-") as folder,
        postgresql(Path(folder)) as server,
    ):
        environment = {**os.environ, "DATABASE_URL": database_url(server)}
        return subprocess.call(argv, env=environment)


def database_url(server: PostgreSQLServer) -> str:
    """Return the address in the form that DATABASE_URL takes; the socket's folder is quoted."""
    who = f"{server.username}:{quote(server.password)}"
    return f"postgres://{who}@{quote(server.host, safe='')}:{server.port}/postgres"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
