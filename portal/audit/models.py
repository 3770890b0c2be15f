"""What happened, as a chain that is only ever added to; and, beside it, who it was."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.audit.chain import Anchor, Link, commitment, read_facts

NAMELESS = {"username": "", "full_name": "", "identity_number": "", "nonce": ""}


class AuditPerson(models.Model):
    """Who a person was when they acted, kept beside the chain so that it can be forgotten.

    Events keep only the commitment, which nobody can turn back into a name. While the line is
    whole the commitment proves it; once emptied, the chain stays as valid as it was.
    """

    commitment = models.CharField(max_length=64, primary_key=True)
    user = models.BigIntegerField(_("nomor pengguna"), db_index=True)
    username = models.CharField(_("nama pengguna"), max_length=150, blank=True)
    full_name = models.CharField(_("nama lengkap"), max_length=150, blank=True)
    identity_number = models.CharField(_("NIP/NIM"), max_length=32, blank=True)
    nonce = models.CharField(max_length=64, blank=True)
    erased_at = models.DateTimeField(_("dihapus"), null=True, blank=True)

    class Meta:
        verbose_name = _("pelaku")
        verbose_name_plural = _("pelaku")

    def __str__(self) -> str:
        return self.full_name or self.username or f"#{self.user}"

    @property
    def is_proven(self) -> bool:
        """True when these words are those that the events were bound to."""
        said = {name: getattr(self, name) for name in ("user", *NAMELESS)}
        return commitment(said) == self.commitment


class AuditEvent(models.Model):
    """One thing that happened. Never changed, never deleted: the database refuses both.

    `actor` says as what somebody acted: the roles held, or a system account's name. `actor_user`
    is the account's number and no foreign key, since an account may go and the event may not.
    """

    sequence = models.BigIntegerField(_("nomor urut"), primary_key=True)
    at = models.DateTimeField(_("waktu"), db_index=True)
    verb = models.CharField(_("peristiwa"), max_length=64)
    actor = models.CharField(_("sebagai"), max_length=120)
    actor_user = models.BigIntegerField(_("nomor pengguna"), null=True)
    person = models.CharField(_("pelaku"), max_length=64, blank=True)
    object_kind = models.CharField(_("jenis objek"), max_length=64, blank=True)
    object_id = models.CharField(_("objek"), max_length=64, blank=True)
    object_name = models.CharField(_("nama objek"), max_length=200, blank=True)
    facts_text = models.TextField(_("fakta"))  # text, not JSON: a database rewrites its JSON
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = _("peristiwa")
        verbose_name_plural = _("jejak audit")
        ordering = ["-sequence"]
        indexes = [
            models.Index(fields=["verb", "sequence"], name="audit_by_verb"),
            models.Index(fields=["actor", "sequence"], name="audit_by_actor"),
            models.Index(fields=["person", "sequence"], name="audit_by_person"),
            models.Index(fields=["object_id", "sequence"], name="audit_by_object"),
            models.Index(fields=["object_name", "sequence"], name="audit_by_object_name"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(sequence__gte=1), name="audit_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.verb}"

    @property
    def facts(self) -> dict[str, Any]:
        """What was recorded with the event; raises NotCanonical when it was tampered with."""
        return read_facts(self.facts_text)

    @property
    def anchor(self) -> Anchor:
        """This event's place, to be kept outside the database."""
        return Anchor(self.sequence, self.hash)


class AuditWalk(models.Model):
    """What one walk over the whole chain found (portal.audit.walks)."""

    at = models.DateTimeField(_("waktu"), db_index=True)
    events = models.BigIntegerField(_("peristiwa"))
    head_sequence = models.BigIntegerField()
    head_hash = models.CharField(max_length=64)
    first_bad = models.BigIntegerField(_("rusak mulai"), null=True)
    reason = models.TextField(_("sebab"), blank=True)
    guarded = models.BooleanField(_("dijaga basis data"))

    class Meta:
        verbose_name = _("pemeriksaan jejak")
        verbose_name_plural = _("pemeriksaan jejak")
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.state}"

    @property
    def state(self) -> str:
        """As `manage.py verify_audit` says it: intact or broken."""
        return "intact" if self.first_bad is None else "broken"

    @property
    def is_well(self) -> bool:
        """True when the chain is intact and the database still refuses to change it."""
        return self.first_bad is None and self.guarded

    @property
    def head(self) -> Anchor:
        """The last event that held, for keeping outside the database."""
        return Anchor(self.head_sequence, self.head_hash)


LINK_COLUMNS = tuple({"facts": "facts_text", "user": "actor_user"}.get(f, f) for f in Link._fields)
