"""The pages of the backups room: by whom each is looked at, and where it is."""

from datetime import timedelta

from django.urls import reverse

from backups.catalogue.differences import pick_rows
from backups.models import Emergency, JobState, KnownObject, RestoreUndo
from backups.rowsfilter import RowFilter
from portal.lib import clock
from tests.app import comparisons, downloads, restores


def _night(world, source, state):
    run = world.sources[source].runs.filter(state=state).latest("night", "pk")
    return run.get_absolute_url()


def _object(name):
    known = KnownObject.objects.get(name=name)
    return reverse("objek", args=[known.source.key, known.pk])


def _restored(world):
    return restores.restore(world.sources["SIAKAD"])


def _restores(world):
    _restored(world)
    _asked(world)
    return reverse("pemulihan-semua")


def _asked(world):
    """Ask for a restore to live that nobody has answered yet."""
    Emergency.objects.create(
        source=world.sources["Keuangan"],
        snapshot=world.sources["Keuangan"].snapshots.first(),
        scope={"kind": "whole"},
        reason="Basis data tagihan tidak dapat dibuka; pembayaran berhenti sejak pukul 08.40.",
        asked_by=world.people["executor"],
        asked_at=clock.now() - timedelta(minutes=4),
    )


def _undone(world):
    moment = clock.now()
    job = restores.restore(world.sources["SIAKAD"], undone_at=moment, discarded_at=moment)
    RestoreUndo.objects.create(
        source=job.source,
        restore=job,
        state=JobState.GOOD,
        ordered_at=moment - timedelta(minutes=1),
        started_at=moment - timedelta(minutes=1),
        finished_at=moment,
        operator="os:bpti",
    )
    return job.get_absolute_url()


def _unreviewed(world):
    restores.emergency(world.sources["SIAKAD"])
    return reverse("staf")


def _failed(world):
    job = restores.restore(world.sources["SIAKAD"], JobState.FAILED, error_kind="ProofFailed")
    return job.get_absolute_url()


def _download(world, person=None):
    """Return a download that waits for its person."""
    night = world.sources["SIAKAD"].snapshots.first()
    made = downloads.ordered(night, clock.now(), person, scope={"kind": "whole"})
    downloads.made(made, clock.now())
    return made


def _own_download(world):
    return reverse("unduhan", args=[_download(world, world.people["analyst"]).pk])


def _compared(world):
    return comparisons.comparison(world.sources["SIAKAD"])


def _comparing(world):
    made = comparisons.comparison(world.sources["SIAKAD"], JobState.RUNNING, phase="load")
    return made.get_absolute_url()


def _picked(world):
    table = comparisons.grades(_compared(world))
    return pick_rows(table, RowFilter(), None, clock.now()).get_absolute_url()


def _at(name, *args, query=""):
    return ("analyst", lambda _world: reverse(name, args=args) + query)


PAGES = {
    "sources": _at("cadangan"),
    "sources, nothing found": _at("cadangan", query="?q=tidak-ada"),
    "source": _at("sumber", "siakad"),
    "source, a tried rule": _at("sumber", "siakad", query="?daily=3"),
    "source, paused": _at("sumber", "pmb"),
    "source, failed": _at("sumber", "perpustakaan"),
    "source, of files": _at("sumber", "repositori"),
    "nights": _at("malam-malam", "siakad"),
    "night, running": ("analyst", lambda w: _night(w, "E-learning", JobState.RUNNING)),
    "night, failed": ("analyst", lambda w: _night(w, "Perpustakaan", JobState.FAILED)),
    "night, good": ("analyst", lambda w: _night(w, "SIAKAD", JobState.GOOD)),
    "contents": _at("isi", "siakad"),
    "two nights": _at("beda", "siakad"),
    "object": ("analyst", lambda _world: _object("akademik.krs_002")),
    "search, nothing typed": _at("pencarian"),
    "search": _at("pencarian", query="?q=nilai"),
    "search, nothing found": _at("pencarian", query="?q=nilai_mahasswi"),
    "compare": _at("bandingkan", "siakad"),
    "comparisons": ("analyst", lambda w: _compared(w) and reverse("perbandingan-semua")),
    "comparison": ("analyst", lambda w: _compared(w).get_absolute_url()),
    "comparison, running": ("analyst", _comparing),
    "rows that differ": (
        "analyst",
        lambda w: comparisons.grades(_compared(w)).get_absolute_url(),
    ),
    "rows picked": ("analyst", _picked),
    "drills": _at("uji"),
    "restores": ("analyst", _restores),
    "restore, done": ("analyst", lambda w: _restored(w).get_absolute_url()),
    "restore, running": (
        "analyst",
        lambda w: restores.at_work(w.sources["SIAKAD"]).get_absolute_url(),
    ),
    "restore, failed": ("analyst", _failed),
    "restore, forbidden": (
        "analyst",
        lambda w: restores.forbidden(w.sources["SIAKAD"]).get_absolute_url(),
    ),
    "restore, waiting": (
        "analyst",
        lambda w: restores.waiting(w.sources["E-learning"]).get_absolute_url(),
    ),
    "restore, undone": ("analyst", _undone),
    "download, for staff": ("analyst", lambda w: _download(w).restore.get_absolute_url()),
    "download, for its person": ("analyst", _own_download),
    "emergency": _at("darurat", "siakad"),
    "systems": _at("sistem"),
    "vaults": _at("penyimpanan"),
}
# What every page of the staff shows once it stands: looked at last.
LAST = {"emergency, not reviewed": ("analyst", _unreviewed)}
