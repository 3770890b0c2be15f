"""Portal processes of the tests: real ones, on the test's own database and state folder."""

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent


def database_url():
    """Return the URL of the database that this test uses."""
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{facts['NAME']}"
    host = facts["HOST"].replace("/", "%2F")
    password = f":{facts['PASSWORD']}" if facts["PASSWORD"] else ""
    port = f":{facts['PORT']}" if facts["PORT"] else ""
    return f"postgresql://{facts['USER']}{password}@{host}{port}/{facts['NAME']}"


def environment(**extra):
    """Return the environment in which a child works on the test's own state."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "PYTHONPATH": str(ROOT),
        "PULIH_VAR": str(settings.PULIH_VAR),
        "PULIH_STAGING": str(settings.PULIH_STAGING),
        "DATABASE_URL": database_url(),
        **extra,
    }


def start(*words, **extra):
    """Start a Python script with these words in a session of its own and return it."""
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        env=environment(**extra),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
