"""What every test may ask for."""

from hypothesis import settings

from tests.mariadb_servers import mariadb_server
from tests.servers import free_port, postgresql_server

__all__ = ["free_port", "mariadb_server", "postgresql_server"]

settings.register_profile("untimed", deadline=None)  # no test asserts a time
settings.load_profile("untimed")
