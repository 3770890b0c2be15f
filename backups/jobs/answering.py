"""Whether a source answers after a restore, and the systems that people know it by.

SOP, third indicator: "sistem informasi dapat diakses kembali".
"""

from __future__ import annotations

from backups.engines.base import Engine
from backups.errors import BackupError
from backups.jobs.probing import ask_page
from backups.models import Source
from backups.specs import SourceSpec


def ask(source: Source, engine: Engine, live: SourceSpec) -> dict[str, str]:
    """Return what the source and each of its systems answered, by name; "" is a good answer."""
    answers = {source.name: _trouble(engine, live)}
    for system in source.systems.exclude(url=""):
        answer = ask_page(system.url)
        answers[system.name] = "" if answer.up else answer.detail or answer.why
    return answers


def _trouble(engine: Engine, live: SourceSpec) -> str:
    try:
        engine.probe(live)
    except BackupError as error:
        return str(error)
    return ""
