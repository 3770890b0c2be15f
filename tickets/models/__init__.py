"""The rows of the desk."""

from tickets.models.approval import Approval, Decision, Delegation, decidable_by, listed
from tickets.models.attachment import OPENABLE, Attachment, Quarantine, private_storage
from tickets.models.channel import Channel
from tickets.models.clock import (
    ClockInterval,
    Holiday,
    HolidayKind,
    OfficeHours,
    ServiceTarget,
    Weekday,
    calendar,
    working_days_after,
)
from tickets.models.desk import CannedReply, For, Presence, Rating, Tie, TieKind, TypedText
from tickets.models.draft import ReportDraft
from tickets.models.entry import Entry, EntryKind, Side
from tickets.models.evidence import SEARCHED_BY, Evidence, EvidenceKind
from tickets.models.letter import Letter
from tickets.models.outbox import Delivery, Notice
from tickets.models.plan import ErasedBefore, Plan, Target
from tickets.models.report import Happened, Language
from tickets.models.search import (
    SearchText,
    find,
    make_findable,
    make_findable_anew,
    report_texts,
)
from tickets.models.series import NumberSeries, next_number
from tickets.models.ticket import ASKED, Ticket

__all__ = [
    "ASKED",
    "OPENABLE",
    "SEARCHED_BY",
    "Approval",
    "Attachment",
    "CannedReply",
    "Channel",
    "ClockInterval",
    "Decision",
    "Delegation",
    "Delivery",
    "Entry",
    "EntryKind",
    "ErasedBefore",
    "Evidence",
    "EvidenceKind",
    "For",
    "Happened",
    "Holiday",
    "HolidayKind",
    "Language",
    "Letter",
    "Notice",
    "NumberSeries",
    "OfficeHours",
    "Plan",
    "Presence",
    "Quarantine",
    "Rating",
    "ReportDraft",
    "SearchText",
    "ServiceTarget",
    "Side",
    "Target",
    "Ticket",
    "Tie",
    "TieKind",
    "TypedText",
    "Weekday",
    "calendar",
    "decidable_by",
    "find",
    "listed",
    "make_findable",
    "make_findable_anew",
    "next_number",
    "private_storage",
    "report_texts",
    "working_days_after",
]
