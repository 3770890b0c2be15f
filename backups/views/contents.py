"""What a night's copy holds: tables with their rows, files with their sizes, from the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Case, Count, Q, QuerySet, SmallIntegerField, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from backups.catalogue.find import search
from backups.kinds import KINDS
from backups.models import EngineKind, KnownObject, ObjectVersion, Snapshot, Source, name_key
from backups.models.snapshot import SnapshotQuerySet
from backups.views.access import staff
from portal.lib import clock

ROWS = 100  # objects in one page
ROOT = "."  # as the files engine calls the folder itself
MANY = 20_000  # objects of a night, from which on the index is asked
FOLDERS_FIRST = Case(When(kind="folder", then=0), default=1, output_field=SmallIntegerField())
NIGHTS = 60  # of which one may choose


@staff
def contents(request: HttpRequest, key: str) -> HttpResponse:
    """List what one night holds (the newest unless chosen): folder by folder, or by name."""
    source = get_object_or_404(Source, key=key)
    nights = source.snapshots.restorable().select_related("run").order_by("-taken_at")
    snapshot = _chosen(nights, request.GET.get("malam", ""))
    query, kind = request.GET.get("q", "").strip()[:300], request.GET.get("jenis", "")
    folder = request.GET.get("folder", "").strip("/")[:4096]
    in_tree = source.engine == EngineKind.FILES and not query and not kind
    if snapshot is None:
        objects = named = ObjectVersion.objects.none()
    elif in_tree:
        objects = named = _children(snapshot, folder)
    else:
        named = _named(snapshot, query)
        objects = named.filter(kind=kind) if kind else named
    ordered = objects.select_related("since").order_by(FOLDERS_FIRST, "kind", "name")
    page = Paginator(ordered, ROWS).get_page(request.GET.get("hal"))
    asked = {"malam": snapshot.pk if snapshot else "", "q": query, "jenis": kind, "folder": folder}
    context = {
        "now": clock.now(),
        "source": source,
        "nights": nights[:NIGHTS],
        "snapshot": snapshot,
        "query": query,
        "kind": kind,
        "kinds": _kinds(named, in_tree=in_tree),
        "words": KINDS,
        "in_tree": in_tree,
        "folder": folder,
        "path": _path(folder),
        "page": page,
        "rows": _rows(source, page.object_list, folder if in_tree else ""),
        "address": urlencode({name: word for name, word in asked.items() if word}),
    }
    return render(request, "staf/isi.html", context)


@dataclass(frozen=True, slots=True)
class Row:
    """One object of the list: its version this night, the name to show, and its life's page."""

    object: ObjectVersion
    word: str
    known: int | None


def _rows(source: Source, versions: Iterable[ObjectVersion], folder: str) -> list[Row]:
    held = list(versions)
    keys = [version.name_key for version in held]
    known = KnownObject.objects.filter(source=source, name_key__in=keys)
    lives = dict(known.values_list("name_key", "pk"))
    cut = len(folder) + 1 if folder else 0
    return [Row(version, version.name[cut:], lives.get(version.name_key)) for version in held]


def _kinds(named: QuerySet[ObjectVersion], *, in_tree: bool) -> list[Any]:
    """Return how many of each kind there are; in a folder nobody asks, and it would cost."""
    if in_tree:
        return []
    return list(named.values("kind").annotate(count=Count("pk")).order_by("kind"))


def _path(folder: str) -> list[tuple[str, str]]:
    """Return each folder on the way to this one: its name and its whole path."""
    parts = folder.split("/") if folder else []
    return [(part, "/".join(parts[: n + 1])) for n, part in enumerate(parts)]


def _children(snapshot: Snapshot, folder: str) -> QuerySet[ObjectVersion]:
    """Return what lies directly in a folder on this night."""
    parent = name_key("folder", folder) if folder else ""
    inside = KnownObject.objects.filter(source=snapshot.source_id, parent=parent)
    held = _held_by(snapshot).exclude(name=ROOT)
    return held.filter(name_key__in=inside.values("name_key"))


def _named(snapshot: Snapshot, query: str) -> QuerySet[ObjectVersion]:
    """Return the objects with `query` in their names; among very many by the search's index."""
    held = _held_by(snapshot)
    if not query:
        return held
    if snapshot.object_count < MANY:
        return held.filter(name__icontains=query)
    found = search(query, [snapshot.source])
    return held.filter(name_key__in=[one.name_key for one in found])


def _chosen(nights: SnapshotQuerySet, wanted: str) -> Snapshot | None:
    """Return the copy with this id, or the newest night; None where none stands."""
    if wanted.isdigit():
        return get_object_or_404(nights, pk=int(wanted))
    return nights.nights().first()


def _held_by(snapshot: Snapshot) -> QuerySet[ObjectVersion]:
    """Return the objects as this night saw them: a source's snapshots are numbered in time."""
    versions = ObjectVersion.objects.filter(source=snapshot.source_id, since__lte=snapshot.pk)
    return versions.filter(Q(until=None) | Q(until__gt=snapshot.pk))
