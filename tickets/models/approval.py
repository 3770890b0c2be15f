"""Somebody else's yes or no to a plan, and who may stand in for whom.

Nobody approves their own case (architecture, invariant 6): `parties` holds, from the moment of
asking and unchangeable from then on (tickets/refusals.py), everybody who reported, searched,
asked or is to execute; the database itself refuses any of them as the one who decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Cast, Concat, StrIndex
from django.db.models.lookups import Exact, GreaterThan
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from tickets.models.choices import known
from tickets.models.plan import Plan
from tickets.models.ticket import Ticket, TicketQuerySet


class Decision(models.TextChoices):
    """What became of the request."""

    PENDING = "pending", _("Menunggu")
    APPROVED = "approved", _("Disetujui")
    RETURNED = "returned", _("Dikembalikan")
    REFUSED = "refused", _("Ditolak")
    EXPIRED = "expired", _("Kedaluwarsa")
    RECALLED = "recalled", _("Ditarik")


BY_A_PERSON = ["approved", "refused", "returned"]


def listed(users: Iterable[int | None]) -> str:
    """Return account numbers as `parties` keeps them: ",5,12,"."""
    return "".join(f",{pk}" for pk in sorted({pk for pk in users if pk is not None})) + ","


def _stands_in_parties(column: str) -> StrIndex:
    """Return where the person in `column` stands among the parties; 0 when nowhere."""
    return StrIndex(F("parties"), Concat(Value(","), Cast(F(column), CharField()), Value(",")))


def _no_party(column: str, name: str) -> models.CheckConstraint:
    """Return the constraint that the person in `column` is none of the parties."""
    return models.CheckConstraint(
        condition=Q(**{column: None}) | Q(Exact(_stands_in_parties(column), 0)), name=name
    )


class Approval(models.Model):
    """One request and its decision. A decision is never changed; it can only become void."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="approvals")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="approvals")
    plan_sha256 = models.CharField(max_length=64)
    parties = models.TextField(editable=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    requested_at = models.DateTimeField(_("diajukan"))
    expires_at = models.DateTimeField(_("diputuskan paling lambat"))
    decision = models.CharField(
        _("keputusan"), max_length=8, choices=Decision, default=Decision.PENDING
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("diputuskan oleh"),
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("atas nama"),
    )
    decided_at = models.DateTimeField(_("diputuskan"), null=True, blank=True)
    reason = models.TextField(_("alasan"), blank=True)
    execute_by = models.DateTimeField(_("dilaksanakan paling lambat"), null=True, blank=True)
    void_at = models.DateTimeField(_("batal"), null=True, blank=True)

    class Meta:
        verbose_name = _("persetujuan")
        verbose_name_plural = _("persetujuan")
        ordering = ["pk"]
        constraints = [
            known("decision", Decision, name="approval_decision_is_known"),
            _no_party("decided_by", name="approver_is_no_party"),
            _no_party("on_behalf_of", name="delegator_is_no_party"),
            models.CheckConstraint(
                condition=GreaterThan(_stands_in_parties("requested_by"), 0),
                name="asker_is_a_party",
            ),
            models.UniqueConstraint(
                fields=["ticket"], condition=Q(decision="pending"), name="one_request_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(decision="pending", decided_at=None, decided_by=None)
                | (Q(decided_at__isnull=False) & ~Q(decision="pending")),
                name="approval_decided_with_its_time",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=False, decision__in=BY_A_PERSON)
                | Q(decided_by=None, decision__in=["pending", "expired", "recalled"]),
                name="approval_decided_by_a_person",
            ),
            models.CheckConstraint(
                condition=~Q(decision__in=["returned", "refused"]) | ~Q(reason=""),
                name="approval_refused_with_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(decision="approved") | Q(execute_by__isnull=False),
                name="approval_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket}: {self.get_decision_display()}"


def decidable_by(user: User) -> TicketQuerySet:
    """Return the cases whose request this person may decide, as far as their part in them goes."""
    free = Approval.objects.filter(decision=Decision.PENDING).exclude(
        parties__contains=f",{user.pk},"
    )
    waiting = Ticket.objects.awaiting_approval().filter(pk__in=free.values("ticket"))
    return waiting.exclude(reporter_email__iexact=user.email) if user.email else waiting


class DelegationQuerySet(models.QuerySet):
    """Verbs to read delegations with."""

    def on(self, day: date) -> DelegationQuerySet:
        """Return those in force on a WIB day."""
        return self.filter(revoked_at=None, starts_on__lte=day, ends_on__gte=day)


class Delegation(models.Model):
    """An approver's right in another's hands for some days, both ends included."""

    giver = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="delegations_given",
        verbose_name=_("dari"),
    )
    taker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="delegations_taken",
        verbose_name=_("kepada"),
    )
    starts_on = models.DateField(_("mulai"))
    ends_on = models.DateField(_("sampai"))
    reason = models.CharField(_("alasan"), max_length=200)
    given_at = models.DateTimeField(_("dibuat"))
    revoked_at = models.DateTimeField(_("dicabut"), null=True, blank=True)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        verbose_name = _("pelimpahan")
        verbose_name_plural = _("pelimpahan")
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="delegation_ends_after_it_starts"
            ),
            models.CheckConstraint(condition=~Q(giver=F("taker")), name="delegation_is_to_another"),
        ]

    def __str__(self) -> str:
        return f"{self.giver} → {self.taker}"
