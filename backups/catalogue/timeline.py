"""The life of one object over all nights: when it appeared, changed, vanished and came back."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from backups.models import KnownObject, ObjectVersion, Snapshot


class What(StrEnum):
    """What a night did to an object."""

    APPEARED = "appeared"
    CHANGED = "changed"
    VANISHED = "vanished"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Event:
    """One night that changed an object: its version before (None: none) and after."""

    what: What
    night: Snapshot
    before: ObjectVersion | None
    after: ObjectVersion | None

    @property
    def schema_changed(self) -> bool:
        """True when the definition is another: columns, keys, types; for files owner or mode."""
        if not self.before or not self.after:
            return False
        return self.before.schema_sha256 != self.after.schema_sha256

    @property
    def columns_added(self) -> list[str]:
        """The columns that it got."""
        return self._columns_only_in(self.after, self.before)

    @property
    def columns_dropped(self) -> list[str]:
        """The columns that it lost."""
        return self._columns_only_in(self.before, self.after)

    @staticmethod
    def _columns_only_in(one: ObjectVersion | None, other: ObjectVersion | None) -> list[str]:
        if not one or not other:
            return []
        others = set(other.columns.split("\n"))
        return [column for column in one.columns.split("\n") if column and column not in others]


@dataclass(frozen=True, slots=True)
class Timeline:
    """An object's versions and events, the oldest first."""

    known: KnownObject
    versions: tuple[ObjectVersion, ...]
    events: tuple[Event, ...]

    def at(self, night: int) -> ObjectVersion | None:
        """Return the version that the snapshot with this id holds; None where it holds none."""
        return version_at(self.versions, night)


def timeline_of(known: KnownObject) -> Timeline:
    """Return the whole life of an object; one query."""
    rows = ObjectVersion.objects.filter(source=known.source_id, name_key=known.name_key)
    versions = tuple(rows.select_related("since", "until").order_by("since_id"))
    return Timeline(known, versions, tuple(_events(versions)))


def version_at(versions: Sequence[ObjectVersion], night: int) -> ObjectVersion | None:
    """Return which of an object's versions, oldest first, the snapshot with this id holds.

    A source's snapshots are numbered in time.
    """
    place = bisect_right(versions, night, key=lambda version: version.since_id)
    version = versions[place - 1] if place else None
    if version and (version.until_id is None or version.until_id > night):
        return version
    return None


def _events(versions: Sequence[ObjectVersion]) -> list[Event]:
    events: list[Event] = []
    before: ObjectVersion | None = None
    for version in versions:
        if before is None:
            events.append(Event(What.APPEARED, version.since, None, version))
        elif before.until_id == version.since_id:
            events.append(Event(What.CHANGED, version.since, before, version))
        else:
            events += _vanished(before)
            events.append(Event(What.RETURNED, version.since, before, version))
        before = version
    return events + (_vanished(before) if before else [])


def _vanished(version: ObjectVersion) -> list[Event]:
    if version.until is None:
        return []
    return [Event(What.VANISHED, version.until, version, None)]
