"""The search once more, with PostgreSQL as the portal's own database."""

from bench.search import figures

__all__ = ["figures"]
