"""The report as tables: the same on the page, on paper and in the spreadsheet."""

from __future__ import annotations

from portal.reports.cells import Table
from portal.reports.indicators import Indicators
from portal.reports.period import Period
from portal.reports.tables_backups import drills_table, nights_table, proofs_table, reach_table
from portal.reports.tables_cases import cases_table, parts_tables, recovered_table, times_table
from tickets.figures import counted, parted


def tables(period: Period, found: Indicators) -> list[Table]:
    """Return every table of the report, in its order."""
    reported = counted(period.first, period.last)
    told = parted(reported)
    systems = [row.system for row in found.reachable.systems]
    return [
        nights_table(found),
        proofs_table(found),
        reach_table(period, found),
        cases_table(period, told.months),
        times_table(reported),
        *parts_tables(told, systems),
        recovered_table(found.returned.restores),
        drills_table(period),
    ]
