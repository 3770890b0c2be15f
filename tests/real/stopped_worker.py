"""A worker that carries out one job and stands still at a named place, to be killed there.

Run by tests/real/test_kills.py: `stopped_worker.py KIND PK PLACE`. It says "here" when it has
come to the place. The places are the phases of a run, and the middle of the record's transaction.
"""

import sys
import threading

import django

django.setup()

from backups import packing  # noqa: E402 - Django must be ready
from backups.jobs import lifecycle, nightly, restore, transfer  # noqa: E402 - Django must be ready
from portal.lib import clock  # noqa: E402


def stand_still():
    sys.stdout.write("here\n")
    sys.stdout.flush()
    threading.Event().wait()


def stand_still_at(place):
    """Let the worker stop when it comes to `place`."""
    if place == "in the record":
        ordinary_record = nightly.record

        def record(*args):
            ordinary_record(*args)
            stand_still()

        nightly.record = record
        return
    if place == "in the archive":
        packing.Packing.finish = lambda *_: stand_still()
        return
    ordinary_begin = lifecycle.JobWatch.begin

    def begin(watch, phase, total=None, **more):
        if phase == place:
            stand_still()
        ordinary_begin(watch, phase, total, **more)

    lifecycle.JobWatch.begin = begin


if __name__ == "__main__":
    kind, pk, place = sys.argv[1:]
    stand_still_at(place)
    {"run": nightly, "transfer": transfer, "restore": restore}[kind].run(int(pk), clock.now())
