"""Running numbers: given inside the transaction of the row that bears them."""

from __future__ import annotations

from django.db import connection, models
from django.db.transaction import TransactionManagementError
from django.utils.translation import gettext_lazy as _

_NEXT = """
    INSERT INTO tickets_numberseries (name, year, last) VALUES (%s, %s, 1)
    ON CONFLICT (name, year) DO UPDATE SET last = tickets_numberseries.last + 1
    RETURNING last
"""


class NumberSeries(models.Model):
    """The last number given in a series and year (WIB)."""

    name = models.CharField(_("deret"), max_length=60)
    year = models.PositiveSmallIntegerField(_("tahun"))
    last = models.PositiveIntegerField(_("terakhir"))

    class Meta:
        verbose_name = _("deret nomor")
        verbose_name_plural = _("deret nomor")
        constraints = [
            models.UniqueConstraint(fields=["name", "year"], name="one_series_each_year"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.year}: {self.last}"


def next_number(series: str, year: int) -> int:
    """Return the series' next number; it comes back to the series when the transaction does.

    One statement, so that two who ask at once get two numbers (records-facts, 2). Raises
    TransactionManagementError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("A number is given in the transaction that uses it.")
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [series, year])
        return cursor.fetchone()[0]
