"""The whole timetable, on one page. Times are WIB (settings.TIME_ZONE, Asia/Jakarta).

django-q2 rings these; what they do follows from rows, so a bell that rings twice, late or in
two clusters at once does no harm, and one that was missed is made good by `every_minute`.
"""

from __future__ import annotations

from dataclasses import dataclass

from django_q.models import Schedule

PREFIX = "pulih: "


@dataclass(frozen=True, slots=True)
class Bell:
    """One line of the timetable: a cron line, or every so many minutes."""

    name: str
    task: str
    cron: str = ""
    minutes: int | None = None


TIMETABLE = (
    Bell("buka malam, 00:00 WIB (SOP)", "backups.tasks.open_night", cron="0 0 * * *"),
    Bell("setiap menit", "backups.tasks.every_minute", minutes=1),
    Bell("setiap menit di meja layanan", "tickets.tasks.every_minute", minutes=1),
    Bell("lihat sistem", "backups.tasks.probe_systems", minutes=5),
    Bell("uji pemulihan", "backups.tasks.order_drills", cron="0 2 * * *"),
    Bell("baca sebagian penyimpanan", "backups.tasks.order_readings", cron="0 3 * * *"),
    Bell("rapikan perbandingan", "backups.tasks.forget_comparisons", cron="30 5 * * *"),
    Bell("ringkasan pagi", "backups.tasks.morning_summary", cron="0 6 * * *"),
    Bell("periksa jejak audit", "portal.audit.walks.nightly", cron="45 3 * * *"),
    Bell("baca rekaman, kirim kepala jejak", "portal.anchoring.nightly", cron="15 4 * * *"),
    Bell("rapikan antrean", "portal.housekeeping.prune_queue", cron="30 4 * * *"),
)


def hang_bells() -> int:
    """Make the queue's schedules equal to the timetable; return how many lines were changed.

    A changed cron line does not move `next_run` by itself (queue-facts, 10): the row is made anew.
    """
    changed = 0
    wanted = {PREFIX + bell.name: bell for bell in TIMETABLE}
    for row in Schedule.objects.filter(name__startswith=PREFIX):
        bell = wanted.get(row.name)
        if bell is None or not _says_the_same(row, bell):
            row.delete()
            changed += 1
    for name, bell in wanted.items():
        if not Schedule.objects.filter(name=name).exists():
            _hang(name, bell)
            changed += 1
    return changed


def _says_the_same(row: Schedule, bell: Bell) -> bool:
    return (row.func, row.cron or "", row.minutes) == (bell.task, bell.cron, bell.minutes)


def _hang(name: str, bell: Bell) -> None:
    row = Schedule(name=name, func=bell.task, cron=bell.cron or None, minutes=bell.minutes)
    row.schedule_type = Schedule.CRON if bell.cron else Schedule.MINUTES
    row.repeats = -1
    if bell.cron:
        row.next_run = row.calculate_next_run()
    row.save()
