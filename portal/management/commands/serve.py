"""`make run`: the demonstration's portal, all its processes, until Ctrl-C."""

from __future__ import annotations

import os
import socket
import sys
from argparse import ArgumentParser
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal import supervisor
from portal.demo.people import SIGN_INS

HOST = "127.0.0.1"


class Command(BaseCommand):
    help = "Start the portal with its workers and a demonstration; Ctrl-C stops them all."
    requires_system_checks = ()  # each process that is started does them

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))

    def handle(self, *_: Any, port: int, **__: Any) -> None:
        if answers(port):
            raise CommandError(
                f"Port {port} is taken by another program. "
                f"End that one, or choose another port: make run PORT={port + 1}"
            )
        sys.exit(supervisor.guarded(partial(conduct, port)))


def conduct(port: int) -> int:
    """Prepare the demonstration, then keep the Procfile's processes running."""
    surroundings = environment(port)
    text = (Path(settings.BASE_DIR) / "Procfile").read_text(encoding="utf-8")
    conductor = supervisor.Conductor(surroundings)
    if not conductor.run_to_end((sys.executable, "manage.py", "demo")):
        return 0 if conductor.stopping else 1
    floors = supervisor.read_procfile(text, surroundings)
    return conductor.conduct(floors, partial(announce, port))


def environment(port: int) -> dict[str, str]:
    """Return what every process gets: this Python first, the port, no cluster's name."""
    ours = {name: value for name, value in os.environ.items() if name != "Q_CLUSTER_NAME"}
    path = f"{Path(sys.executable).parent}:{ours.get('PATH', os.defpath)}"
    demonstration = {
        "PULIH_SECOND_FACTOR": "false",  # its accounts are read from a file and used at once
        "PULIH_URL": f"http://{HOST}:{port}",
    }
    return {**demonstration, **ours, "PATH": path, "PORT": str(port), "PYTHONUNBUFFERED": "1"}


def answers(port: int) -> bool:
    """Say whether somebody listens on the port."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def announce(port: int) -> bool:
    """Once the portal answers, say where it is and who may sign in; say whether it was said."""
    if not answers(port):
        return False
    file = Path(settings.PULIH_VAR) / SIGN_INS
    supervisor.say(f"\nPulih: http://{HOST}:{port}/   (Ctrl-C stops everything)\n")
    supervisor.say(file.read_text(encoding="utf-8"))
    return True
