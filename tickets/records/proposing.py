"""What a draft proposes for each part that people may reword, and what they made of it."""

from __future__ import annotations

from datetime import date

from django.utils.translation import override

from portal.accounts.models import User
from tickets.models import BeritaAcara, RecordKind, letterhead, rule_for
from tickets.records import case_facts
from tickets.records.case_facts import CaseFacts
from tickets.records.signers import position_of
from tickets.spelling import hijri_date

AGREED, WITH_NOTES, WRONG, NOT_YET = "sesuai", "catatan", "tidak", "belum"
SAID = {"confirm": AGREED, "dispute": WRONG}


def proposal(record: BeritaAcara, today: date) -> dict[str, str]:
    """Return every editable part as the facts would have it."""
    with override("id"):
        paper = letterhead()
        first = _first(record)
        parts = {
            "place": paper.place,
            "city": paper.city,
            "hijri": hijri_date(today),
            "hijri_for": today.isoformat(),
            "first_name": first.full_name if first else "",
            "first_identity": first.identity_number if first else "",
            "first_position": position_of(first),
            "first_unit": (first.unit if first else "") or "BPTI UHAMKA",
            "witnesses": "",
            "copies_to": rule_for(record.kind).copies_to,
            "note": "",
        }
        return parts | (_of_case(record) if record.ticket else {})


def words_of(record: BeritaAcara, today: date) -> dict[str, str]:
    """Return every editable part: as somebody worded it, else as the facts would have it."""
    return proposal(record, today) | {
        name: value for name, value in record.words.items() if isinstance(value, str)
    }


def hijri_on(words: dict[str, str], day: date) -> str:
    """Return the Hijri date to print: a proposal nobody touched follows the day of issue."""
    kept, proposed_for = words.get("hijri", ""), words.get("hijri_for", "")
    if kept and proposed_for and kept == hijri_date(date.fromisoformat(proposed_for)):
        return hijri_date(day)
    return kept


def _first(record: BeritaAcara) -> User | None:
    """Return who did the work: the plan's executor, else who has the case, else who drafts."""
    if record.ticket is None:
        return record.made_by
    plan = CaseFacts(record.ticket).plan
    if record.kind == RecordKind.RECOVERED and plan:
        return plan.executor
    return record.ticket.assignee or record.made_by


def _of_case(record: BeritaAcara) -> dict[str, str]:
    ticket = record.ticket
    if ticket is None:
        return {}
    case = CaseFacts(ticket)
    said = case.said
    return {
        "second_name": ticket.reporter_name,
        "second_identity": ticket.reporter_identity,
        "second_position": "Pemohon",
        "second_unit": ticket.reporter_unit,
        "objects": case_facts.objects(case),
        "lost": case_facts.lost_when(case),
        "search": case_facts.searched(case),
        "missing": case_facts.not_brought_back(case),
        "acceptance": SAID.get(said.move, NOT_YET) if said else NOT_YET,
        "acceptance_words": said.words if said and said.public else "",
        "accepted_at": said.at.isoformat() if said else "",
    }
