"""Made-up cases that ended: reported, answered, most of them recovered and confirmed.

As history.py: for tests, pictures and the bench. The cases are plain rows that never went through
the desk's moves, so nothing is mailed and nothing hangs on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from backups.models import InformationSystem
from portal.accounts.models import User
from portal.accounts.sections import Section
from portal.demo.academic import invented_name
from portal.demo.history import BATCH, chance
from portal.demo.words import FACULTIES
from portal.lib import clock
from tickets.models import ClockInterval, Entry, EntryKind, Happened, Side, Ticket
from tickets.models import calendar as working_calendar
from tickets.numbering import TicketNumber
from tickets.priorities import Priority
from tickets.workflow import Clock, Pulse, State
from tickets.working_time import Calendar

SUBJECTS = (
    "Nilai kelas %d hilang", "Tugas minggu ke-%d tidak bisa dibuka", "Bab %d skripsi tertimpa",
    "Presensi pertemuan %d kosong", "Berkas SK nomor %d rusak", "Data peminjaman %d hilang",
)  # fmt: skip
ENDS = (
    (State.CLOSED, 84), (State.CANNOT_RECOVER, 6), (State.CANCELLED, 10),
)  # fmt: skip
OPEN_STATES = (
    State.REPORTED, State.RECEIVED, State.IN_ANALYSIS, State.WAITING_REPORTER, State.RESTORED,
    State.WAITING_CONFIRMATION, State.CONFIRMED,
)  # fmt: skip


def write_cases(
    count: int, begin: datetime, end: datetime, by: User | None = None, open_ones: int = 12
) -> list[Ticket]:
    """Write `count` cases filed between two moments, the last `open_ones` still open."""
    random = chance("cases", count)
    opened = sorted(begin + (end - begin) * random.random() for _ in range(count))
    hours = working_calendar()
    tickets = [
        _ticket(n, hours.next_open(at), random, ended=n < count - open_ones, by=by)
        for n, at in enumerate(opened)
    ]
    courses = [_course(ticket, hours, random, end) for ticket in tickets]
    Ticket.objects.bulk_create(tickets, batch_size=BATCH)
    _name_systems(tickets, random)
    _write_courses(tickets, courses, end)
    return tickets


def _ticket(n: int, at: datetime, random: Random, *, ended: bool, by: User | None) -> Ticket:
    ends = [state for state, _weight in ENDS]
    weights = [weight for _state, weight in ENDS]
    state = random.choices(ends, weights)[0] if ended else OPEN_STATES[n % len(OPEN_STATES)]
    name, year = invented_name(random), clock.wib_date(at).year
    return Ticket(
        number=str(TicketNumber(year, 500_000 + n)),
        state=state.value,
        changed_at=at,
        state_since=at,
        filed_at=at,
        confirmed_at=at,
        closed_at=at if ended else None,
        section=random.choice(Section.values),
        priority=random.choices(list(Priority), (5, 15, 60, 20))[0].value,
        assignee=None if ended or n % 3 == 0 else by,
        subject=random.choice(SUBJECTS) % random.randint(1, 14),
        happened=random.choice(Happened.values),
        lost_data="Data yang dipakai minggu lalu tidak ada lagi.",
        last_right_at=at - timedelta(hours=random.randint(6, 90)),
        noticed_at=at - timedelta(hours=1),
        reporter_name=name,
        reporter_email=f"{name.split()[0].lower()}{n}@kampus.example",
        reporter_unit=random.choice(FACULTIES)[0],
        tracking_nonce=f"{n:032x}",
        tracking_hash=f"{n:064x}",
    )


def _name_systems(tickets: Sequence[Ticket], random: Random) -> None:
    systems = list(InformationSystem.objects.values_list("pk", flat=True))
    if not systems:
        return
    through = Ticket.systems.through
    through.objects.bulk_create(
        (
            through(ticket_id=ticket.pk, informationsystem_id=random.choice(systems))
            for ticket in tickets
        ),
        batch_size=BATCH,
    )


def _course(
    ticket: Ticket, hours: Calendar, random: Random, now: datetime
) -> tuple[datetime, datetime]:
    """End the unsaved case, or set its limit; return when it was answered, when done with."""
    answered = hours.add(ticket.filed_at, timedelta(minutes=random.randint(4, 170)))
    ended = hours.add(answered, timedelta(minutes=random.randint(40, 1800)))
    if ticket.closed_at is not None:
        ticket.closed_at = ticket.state_since = ticket.changed_at = ended
    else:
        ticket.resolve_due_at = ticket.due_at = now + timedelta(hours=random.randint(-3, 20))
    return answered, ended


def _write_courses(
    tickets: Sequence[Ticket], courses: Sequence[tuple[datetime, datetime]], now: datetime
) -> None:
    """Let each clock run as long as it took, and say how each case went on."""
    intervals, entries = [], []
    for ticket, (answered, ended) in zip(tickets, courses, strict=True):
        done = ticket.closed_at is not None
        intervals += [
            _interval(ticket, Clock.ANSWER, ticket.filed_at, min(answered, now)),
            _interval(ticket, Clock.RESOLVE, ticket.filed_at, ended if done else None),
        ]
        entries += _entries(ticket, answered, ended)
    ClockInterval.objects.bulk_create(intervals, batch_size=BATCH)
    Entry.objects.bulk_create(entries, batch_size=BATCH)


def _interval(
    ticket: Ticket, what: Clock, began: datetime, ended: datetime | None
) -> ClockInterval:
    return ClockInterval(
        ticket=ticket,
        clock=what.value,
        pulse=Pulse.RUNNING.value,
        began_at=began,
        ended_at=max(began, ended) if ended else None,
    )


def _entries(ticket: Ticket, answered: datetime, ended: datetime) -> list[Entry]:
    """Return the lines of a case that reports count: received, told, confirmed or not."""
    told = [("file_report", ticket.filed_at), ("accept", answered)]
    if ticket.state == State.CLOSED.value:
        half = answered + (ended - answered) / 2
        asked = "inform_found" if ticket.pk % 3 == 0 else "verify"
        told.append((asked, half))
        told.append(("dispute" if ticket.pk % 19 == 0 else "confirm", half + (ended - half) / 2))
        told.append(("lapse" if ticket.pk % 11 == 0 else "close", ended))
    elif ticket.closed_at:
        told.append((str({"cannot_recover": "cannot_recover"}.get(ticket.state, "cancel")), ended))
    return [
        Entry(
            ticket=ticket,
            at=at,
            kind=EntryKind.EVENT,
            public=True,
            side=Side.SYSTEM,
            author_name="",
            move=move,
            version=n + 1,
        )
        for n, (move, at) in enumerate(told)
        if not (move == "confirm" and ticket.pk % 11 == 0)
    ]
