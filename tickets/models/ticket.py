"""A case: its report, where it stands, who has it, until when.

Where it may go from each state is drawn in docs/kasus.md, from tickets/workflow/table.py; only
tickets.actions.moving writes `state` and `version`.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Role, User
from portal.accounts.sections import Section
from tickets import addresses
from tickets.models.choices import choices, known
from tickets.models.report import Reported
from tickets.priorities import Impact, Priority, Urgency
from tickets.workflow import FINAL, Meaning, State

FINAL_VALUES = sorted(state.value for state in FINAL)
UNCONFIRMED_MAY_BE = [State.REPORTED.value, State.CANCELLED.value]
READS_CASES = frozenset({Role.FRONT_DESK, Role.ANALYST, Role.APPROVER, Role.AUDITOR})
ASKED = [State.FOUND.value, State.WAITING_CONFIRMATION.value]  # "is it right?"
WAITING_FOR_REPORTER = [State.WAITING_REPORTER.value, *ASKED]


class TicketQuerySet(models.QuerySet):
    """Verbs to read tickets with."""

    def visible_to(self, user: User) -> TicketQuerySet:
        """Return what this person may see: who handles cases all, who may sign in their own."""
        roles = user.roles
        if roles & READS_CASES:
            return self
        return self.filter(reporter=user) if roles else self.none()

    def open(self) -> TicketQuerySet:
        """Return what has not ended."""
        return self.filter(closed_at=None)

    def confirmed(self) -> TicketQuerySet:
        """Return what a real person stands behind; the queue shows nothing else."""
        return self.exclude(confirmed_at=None)

    def of_mailbox(self, address: str) -> TicketQuerySet:
        """Return what came from this address, however its letters are written.

        As the index has it: `__iexact` compares in capitals, which no index of ours knows.
        """
        return self.alias(mailbox=Lower("reporter_email")).filter(mailbox=address.strip().lower())

    def mine(self, user: User) -> TicketQuerySet:
        """Return the open cases that are assigned to `user`."""
        return self.open().filter(assignee=user)

    def unassigned_in(self, section: str) -> TicketQuerySet:
        """Return the open, confirmed cases of a section that nobody has taken."""
        return self.open().confirmed().filter(section=section, assignee=None)

    def awaiting_approval(self) -> TicketQuerySet:
        """Return the cases that an approver must decide."""
        return self.filter(state=State.WAITING_APPROVAL)

    def awaiting_reporter(self) -> TicketQuerySet:
        """Return the cases in which it is the reporter's turn."""
        return self.filter(state__in=WAITING_FOR_REPORTER)

    def due_before(self, moment: datetime) -> TicketQuerySet:
        """Return the open cases of which some clock reaches its target before `moment`."""
        return self.open().filter(due_at__lt=moment)

    def by_urgency(self) -> TicketQuerySet:
        """Return them with the nearest target first, and those without any last."""
        return self.order_by(F("due_at").asc(nulls_last=True), "priority", "pk")


class Ticket(Reported):
    """One case. `version` counts every change that somebody else should know of before acting."""

    number = models.CharField(_("nomor tiket"), max_length=24, unique=True)
    state = models.CharField(
        _("keadaan"), max_length=24, choices=choices(State), default=State.REPORTED.value
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    changed_at = models.DateTimeField(_("perubahan terakhir"))
    state_since = models.DateTimeField(_("sejak"))
    closed_at = models.DateTimeField(_("berakhir"), null=True, blank=True)

    section = models.CharField(_("seksi"), max_length=8, choices=Section, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="assigned_tickets",
        verbose_name=_("petugas"),
    )
    impact = models.PositiveSmallIntegerField(_("dampak"), choices=choices(Impact), null=True)
    urgency = models.PositiveSmallIntegerField(_("urgensi"), choices=choices(Urgency), null=True)
    priority = models.PositiveSmallIntegerField(
        _("prioritas"), choices=choices(Priority), default=Priority.NORMAL.value
    )
    answer_due_at = models.DateTimeField(_("batas tanggapan"), null=True, blank=True)
    resolve_due_at = models.DateTimeField(_("batas penyelesaian"), null=True, blank=True)
    recover_due_at = models.DateTimeField(_("batas pemulihan"), null=True, blank=True)

    due_at = models.DateTimeField(_("batas terdekat"), null=True, blank=True)

    tracking_nonce = models.CharField(max_length=32, editable=False)
    tracking_hash = models.CharField(max_length=64, unique=True, editable=False)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged"
    )

    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("tiket")
        verbose_name_plural = _("tiket")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["state", "resolve_due_at"], name="ticket_by_state"),
            models.Index(fields=["assignee", "state"], name="ticket_by_assignee"),
            models.Index(fields=["section", "state"], name="ticket_by_section"),
            models.Index(fields=["-changed_at"], name="ticket_by_change"),
            models.Index(fields=["filed_at"], name="ticket_by_filing"),  # reports
            models.Index(fields=["closed_at"], name="ticket_by_end"),
            models.Index(Lower("reporter_email"), name="ticket_by_email"),
            models.Index(
                fields=["due_at", "priority"], condition=Q(closed_at=None), name="ticket_open"
            ),
        ]
        constraints = [
            known("state", State, name="ticket_state_is_known"),
            known("priority", Priority, name="ticket_priority_is_known"),
            models.CheckConstraint(
                condition=Q(state__in=UNCONFIRMED_MAY_BE) | Q(confirmed_at__isnull=False),
                name="ticket_goes_on_only_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(state__in=UNCONFIRMED_MAY_BE) | ~Q(section=""),
                name="ticket_goes_on_only_in_a_section",
            ),
            models.CheckConstraint(
                condition=Q(state__in=FINAL_VALUES, closed_at__isnull=False)
                | (~Q(state__in=FINAL_VALUES) & Q(closed_at=None)),
                name="ticket_end_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None)
                | (Q(state=State.CANCELLED.value) & ~Q(merged_into=F("id"))),
                name="ticket_merged_is_cancelled",
            ),
            models.CheckConstraint(
                condition=~Q(reporter_email=""), name="ticket_reporter_can_be_told"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        """Return the address of the case's page for staff."""
        return addresses.case(self.number)

    @property
    def audit_name(self) -> str:
        """What the audit trail calls it."""
        return self.number

    @property
    def step(self) -> State:
        """The state as the rules know it, with its labels."""
        return State(self.state)

    @property
    def is_open(self) -> bool:
        """True until it ends."""
        return self.state not in FINAL

    @property
    def needs_action(self) -> bool:
        """True where BPTI must do something."""
        return self.step.meaning is Meaning.ACTION
