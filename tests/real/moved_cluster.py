"""A real worker cluster whose clock starts at another moment: `moved_cluster.py ISO-MOMENT`.

The clock ticks on from there; sleeping and waiting are as ever. Run by test_midnight.py.
"""

import sys
from datetime import datetime

import django
import time_machine

django.setup()

from django.core.management import call_command  # noqa: E402 - Django must be ready

if __name__ == "__main__":
    with time_machine.travel(datetime.fromisoformat(sys.argv[1]), tick=True):
        call_command("qcluster")
