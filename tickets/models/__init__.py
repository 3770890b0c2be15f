"""The rows of the desk."""

from tickets.models.approval import Approval, Decision, Delegation, decidable_by, listed
from tickets.models.attachment import OPENABLE, Attachment, Quarantine, private_storage
from tickets.models.berita_acara import (
    NUMBERED,
    BeritaAcara,
    FilePurpose,
    RecordFile,
    RecordState,
    Signature,
    SignerPart,
    SigningLevel,
)
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
from tickets.models.record_rule import (
    BERITA_ACARA_KINDS,
    DEFAULT_RULES,
    Letterhead,
    RecordKind,
    RecordRule,
    all_rules,
    letterhead,
    rule_for,
)
from tickets.models.record_work import Bundle, BundleState, ByteWalk
from tickets.models.report import Happened, Language
from tickets.models.search import (
    SearchText,
    find,
    make_findable,
    make_findable_anew,
    report_texts,
)
from tickets.models.series import NumberSeries, next_number
from tickets.models.ticket import ASKED, READS_CASES, Ticket

__all__ = [
    "ASKED",
    "BERITA_ACARA_KINDS",
    "DEFAULT_RULES",
    "NUMBERED",
    "OPENABLE",
    "READS_CASES",
    "SEARCHED_BY",
    "Approval",
    "Attachment",
    "BeritaAcara",
    "Bundle",
    "BundleState",
    "ByteWalk",
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
    "FilePurpose",
    "For",
    "Happened",
    "Holiday",
    "HolidayKind",
    "Language",
    "Letter",
    "Letterhead",
    "Notice",
    "NumberSeries",
    "OfficeHours",
    "Plan",
    "Presence",
    "Quarantine",
    "Rating",
    "RecordFile",
    "RecordKind",
    "RecordRule",
    "RecordState",
    "ReportDraft",
    "SearchText",
    "ServiceTarget",
    "Side",
    "Signature",
    "SignerPart",
    "SigningLevel",
    "Target",
    "Ticket",
    "Tie",
    "TieKind",
    "TypedText",
    "Weekday",
    "all_rules",
    "calendar",
    "decidable_by",
    "find",
    "letterhead",
    "listed",
    "make_findable",
    "make_findable_anew",
    "next_number",
    "private_storage",
    "report_texts",
    "rule_for",
    "working_days_after",
]
