"""manage.py add_source: add a database or a folder to be backed up every night."""

from __future__ import annotations

import os
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser

from backups.management.console import PortalCommand, wrong_words
from backups.models import EngineKind, InformationSystem, Server
from backups.registering import add_source
from portal.lib import clock

NEEDS = {
    EngineKind.POSTGRESQL: ("database", "user"),
    EngineKind.MARIADB: ("database", "user"),
    EngineKind.SQLITE: ("path",),
    EngineKind.FILES: ("path",),
}


class Command(PortalCommand):
    help = "Add a source. Passwords come by the name of an environment variable, never in words."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--engine", required=True, choices=EngineKind.values)
        parser.add_argument("--host", default="")
        parser.add_argument("--socket", default="", help="folder or file of a UNIX socket")
        parser.add_argument("--port", type=int)
        parser.add_argument("--database", default="")
        parser.add_argument("--user", default="")
        parser.add_argument("--password-env", default="", metavar="VAR")
        parser.add_argument("--write-user", default="", help="who may write, for restores only")
        parser.add_argument("--write-password-env", default="", metavar="VAR")
        parser.add_argument("--path", default="")
        parser.add_argument("--ssh", default="", metavar="USER@HOST")
        parser.add_argument("--exclude", action="append", default=[], metavar="PATTERN")
        parser.add_argument("--server", default="", help="the machine it is on, by name")
        parser.add_argument("--system", default="", help="the information system it serves")

    def handle(self, *_: Any, **options: Any) -> None:
        missing = [f"--{word}" for word in NEEDS[options["engine"]] if not options[word]]
        if missing:
            raise wrong_words(f"A {options['engine']} source needs {' and '.join(missing)}.")
        try:
            source = add_source(
                options["name"],
                now=clock.now(),
                server=_server(options["server"]),
                engine=options["engine"],
                host=options["socket"] or options["host"],
                port=options["port"],
                database=options["database"],
                path=_absolute(options),
                ssh=options["ssh"],
                excludes="\n".join(options["exclude"]),
                read_username=options["user"],
                read_password=_secret(options["password_env"]),
                write_username=options["write_user"],
                write_password=_secret(options["write_password_env"]),
            )
        except ValidationError as error:
            raise wrong_words(" ".join(error.messages)) from error
        if options["system"]:
            _system(options["system"]).sources.add(source)
        self.emit(
            {"source": source.name, "key": source.key}, f"Added {source.name}.", **_as(options)
        )


def _as(options: dict[str, Any]) -> dict[str, bool]:
    return {"as_json": options["json"]}


def _absolute(options: dict[str, Any]) -> str:
    """Return the path, made absolute when it is on this machine."""
    path = options["path"]
    return path if options["ssh"] or not path else os.path.abspath(path)  # noqa: PTH100 - keeps symlinks


def _secret(variable: str) -> str:
    if variable and variable not in os.environ:
        raise wrong_words(f"The environment variable {variable} is not set.")
    return os.environ.get(variable, "")


def _server(name: str) -> Server | None:
    return Server.objects.get_or_create(name=name)[0] if name else None


def _system(name: str) -> InformationSystem:
    found = InformationSystem.objects.filter(name=name).first()
    if found is None:
        raise wrong_words(f"There is no information system named {name!r}.")
    return found
