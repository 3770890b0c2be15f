"""One scenario in its own process: `python -m bench.scenario NAME FOLDER` prints JSON lines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from bench.__main__ import ON_POSTGRESQL


def portal_in(folder: Path) -> None:
    """Make a fresh portal whose state lies in `folder`, ready for models to be imported."""
    os.environ["PULIH_VAR"] = str(folder / "var")
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    os.environ["PULIH_SECOND_FACTOR"] = "false"  # the pages are measured, not the way in
    import django

    django.setup()
    from django.core.management import call_command

    setup = (sys.executable, "manage.py", "setup", "--verbosity=0")
    subprocess.run(setup, check=True, stdout=subprocess.DEVNULL)  # what it loads no worker holds
    for role in ("local", "media"):
        location = str(folder / role)
        call_command("add_vault", role, role=role, location=location, stdout=open(os.devnull, "w"))  # noqa: PTH123, SIM115


def main() -> None:
    """Run the named scenario and print each figure as it is known."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    if name not in ON_POSTGRESQL:  # whose database bench.__main__ has started
        os.environ.pop("DATABASE_URL", None)
    portal_in(folder)
    for what, measured, aim in import_module(f"bench.{name}").figures(folder):
        sys.stdout.write(json.dumps({"what": what, "measured": measured, "aim": aim}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
