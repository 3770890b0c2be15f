"""The SOP's three indicators of success (SOP-02.001, "Indikator Keberhasilan"), computed.

Each figure says in words what it counts. tests/recount.py computes them from the raw rows by
another way, and a test holds both equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from backups import figures as kept
from backups.figures import Nights, Proof, ReadCheck
from backups.models import InformationSystem
from backups.reach import Record, records
from portal.lib import clock
from tickets import figures as cases
from tickets.figures import Answers, Restores


@dataclass(frozen=True, slots=True)
class Stored:
    """Indicator 1, "data tersimpan dengan baik": nights, bytes read, proof."""

    months: dict[date, Nights]
    read: ReadCheck
    proofs: list[Proof]

    @property
    def nights(self) -> Nights:
        """All months together."""
        return sum(self.months.values(), Nights())

    @property
    def proven_age(self) -> int | None:
        """The middle of the sources' proven ages, in days."""
        return kept.typical_age(self.proofs)

    @property
    def unproven(self) -> int:
        """Sources that were never proven."""
        return sum(proof.at is None for proof in self.proofs)


@dataclass(frozen=True, slots=True)
class Returned:
    """Indicator 2, "data kembali ke kondisi awal": proven restores, and what reporters said."""

    restores: Restores
    answers: Answers

    @property
    def share(self) -> float | None:
        """The part of the restores that were proven equal; None where there was none."""
        count = self.restores.proven + self.restores.failed
        return self.restores.proven / count if count else None


@dataclass(frozen=True, slots=True)
class SystemRecord:
    """One system's record of the time, month by month, and what restores took of it."""

    system: InformationSystem
    record: Record
    months: dict[date, float | None]


@dataclass(frozen=True, slots=True)
class Reachable:
    """Indicator 3, "tercapainya aksesibilitas sistem informasi": uptime outside planned work."""

    systems: list[SystemRecord]

    @property
    def counted(self) -> timedelta:
        """How long all systems were looked at outside planned work, added up."""
        return sum((row.record.counted for row in self.systems), timedelta(0))

    @property
    def lost(self) -> timedelta:
        """How long they did not answer in that time, added up."""
        return sum((row.record.lost for row in self.systems), timedelta(0))

    @property
    def share(self) -> float | None:
        """The part of the counted time in which they answered; None where nobody looked."""
        return 1 - self.lost / self.counted if self.counted else None


@dataclass(frozen=True, slots=True)
class Indicators:
    """All three over one time."""

    stored: Stored
    returned: Returned
    reachable: Reachable


def indicators(first: date, last: date, now: datetime) -> Indicators:
    """Return the three indicators over days, WIB, both ends included."""
    end = min(clock.midnight(last + timedelta(days=1)), now)
    return Indicators(
        Stored(kept.nights_by_month(first, last, now), kept.read_check(end), kept.proofs(end)),
        Returned(*cases.outcomes(first, last)),
        Reachable(_systems(first, last, end)),
    )


def _systems(first: date, last: date, end: datetime) -> list[SystemRecord]:
    systems = list(InformationSystem.objects.all())
    found = records(systems, clock.midnight(first), end)
    months = kept.months_of(first, last)
    return [
        SystemRecord(
            system,
            found[system.pk],
            {month: _month_of(found[system.pk], month).share for month in months},
        )
        for system in systems
    ]


def _month_of(record: Record, month: date) -> Record:
    following = (month + timedelta(days=31)).replace(day=1)
    return record.between(clock.midnight(month), clock.midnight(following))
