"""What every test may ask for."""

from tests.servers import postgresql_server

__all__ = ["postgresql_server"]
