"""Every object that any night ever had, once: what the search looks through.

A year of changes to a table is many versions and one row here, so a search costs what there is
to find and not how often it changed. The row is written when an object appears, vanishes,
returns or gets a new column, and on no other night.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from backups.models.object_version import name_key
from backups.models.snapshot import Snapshot
from backups.models.source import Source

FILE_KINDS = ("file", "folder", "symlink", "fifo", "socket", "device")
LONGEST_LEAF = 80


class Shelf(models.TextChoices):
    """Where an object stands in the search's index; each shelf is searched by itself.

    What was lost is looked for most, and must not be sought among a million files that stand.
    """

    NAMES = "n", _("Basis data")
    PATHS = "p", _("Berkas yang ada")
    LOST = "l", _("Berkas yang hilang")


class KnownObject(models.Model):
    """One object of a source. `gone` is the first night without it; None while it is there.

    `words` is what the search reads: the name and all columns it ever had, in small letters.
    """

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="known_objects")
    kind = models.CharField(_("jenis"), max_length=24)
    name = models.TextField(_("nama"))
    name_key = models.CharField(max_length=32, editable=False)
    parent = models.CharField(max_length=32, blank=True, editable=False)
    leaf = models.CharField(max_length=LONGEST_LEAF, editable=False)
    columns = models.TextField(_("kolom"), blank=True)
    words = models.TextField(editable=False)
    shelf = models.CharField(max_length=1, choices=Shelf)
    first = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="+", db_index=False)
    gone = models.ForeignKey(
        Snapshot, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )

    class Meta:
        verbose_name = _("objek")
        verbose_name_plural = _("objek")
        constraints = [
            models.UniqueConstraint(fields=["source", "name_key"], name="known_once"),
        ]
        indexes = [
            models.Index(
                fields=["shelf", "leaf"],
                opclasses=["varchar_ops", "varchar_pattern_ops"],
                name="known_by_leaf",
            ),
            models.Index(fields=["source", "parent"], name="known_by_folder"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def in_files(self) -> bool:
        """True for what lies in a folder, False for what lies in a database."""
        return self.kind in FILE_KINDS


def parts_of(kind: str, name: str) -> tuple[str, str]:
    """Return the folder (or schema) that an object lies in, "" at the top, and its last part."""
    mark = "/" if kind in FILE_KINDS else "."
    if mark == "." and "(" in name:  # a function: its arguments have dots of their own
        head, _bracket, rest = name.partition("(")
        parent, _mark, leaf = head.rpartition(mark)
        return parent, f"{leaf}({rest}"
    parent, _mark, leaf = name.rpartition(mark)
    return parent, leaf


def parent_key(kind: str, name: str) -> str:
    """Return what all objects of one folder or schema share; "" at the top."""
    parent, _leaf = parts_of(kind, name)
    return name_key("folder", parent) if parent else ""
