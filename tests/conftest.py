"""What every test may ask for."""

from tests.mariadb_servers import mariadb_server
from tests.servers import free_port, postgresql_server

__all__ = ["free_port", "mariadb_server", "postgresql_server"]
