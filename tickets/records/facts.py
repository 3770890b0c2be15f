"""From a draft's rows to the content of its paper: the one place where a berita acara is worded."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import override

from tickets.models import BeritaAcara, RecordKind, SignerPart, SigningLevel, letterhead, rule_for
from tickets.records import case_facts, monthly
from tickets.records.case_facts import CaseFacts
from tickets.records.content import (
    BY_INK,
    IN_PORTAL,
    Block,
    Content,
    Fact,
    Form,
    Head,
    Party,
    Table,
)
from tickets.records.proposing import AGREED, WITH_NOTES, WRONG, words_of
from tickets.records.signers import head_block, witness_blocks
from tickets.spelling import long_date, moment

TITLES = {
    RecordKind.RECOVERED: "PEMULIHAN DATA",
    RecordKind.FOUND: "PENELUSURAN DATA",
    RecordKind.UNRECOVERABLE: "DATA TIDAK DAPAT DIPULIHKAN",
    RecordKind.MONTHLY: "PENCADANGAN DATA SERVER",
}
STATEMENTS = {
    RecordKind.RECOVERED: (
        "PIHAK PERTAMA telah melaksanakan pemulihan data atas permohonan PIHAK KEDUA dengan "
        "rincian sebagai berikut:"
    ),
    RecordKind.FOUND: (
        "PIHAK PERTAMA telah melaksanakan penelusuran data atas permohonan PIHAK KEDUA. Data "
        "tersebut masih ada sehingga tidak dilakukan pemulihan, dengan rincian sebagai berikut:"
    ),
    RecordKind.UNRECOVERABLE: (
        "PIHAK PERTAMA telah melaksanakan penelusuran data atas permohonan PIHAK KEDUA. Data "
        "tersebut tidak dapat dipulihkan, dengan rincian sebagai berikut:"
    ),
}
ROLES = {
    RecordKind.RECOVERED: "pelaksana pemulihan",
    RecordKind.FOUND: "pelaksana penelusuran",
    RecordKind.UNRECOVERABLE: "pelaksana penelusuran",
    RecordKind.MONTHLY: "pelaksana pencadangan",
}
LABELS = {
    SigningLevel.INK: BY_INK,
    SigningLevel.PORTAL: IN_PORTAL,
}


def content_of(record: BeritaAcara, now: datetime, today: date) -> Content:
    """Return all that the record says but for what issuing adds; always in Indonesian."""
    with override("id"):
        words = words_of(record, today)
        paper, kind = letterhead(), record.rule_kind
        case = CaseFacts(record.ticket) if record.ticket else None
        facts, tables = _told(record, case, words, now)
        return Content(
            kind=record.kind,
            title=("BERITA ACARA", TITLES[kind]),
            head=Head(paper.institution, paper.bureau, paper.address),
            form=_form(record),
            place=words["place"],
            city=words["city"],
            hijri=words["hijri"],
            parties=_parties(record, words),
            basis=case_facts.basis(case) if case else monthly.BASIS,
            statement=STATEMENTS[kind] if case else monthly.statement(_month(record)),
            facts=facts,
            tables=tables,
            acceptance=_acceptance(words) if case else "",
            closing=_closing(record.level),
            blocks=_blocks(record, words),
            copies_to=_lines(words["copies_to"]),
            label=LABELS[SigningLevel(record.level)],
            refers=record.replaces.number if record.replaces else "",
        )


def _told(
    record: BeritaAcara, case: CaseFacts | None, words: dict[str, str], now: datetime
) -> tuple[tuple[Fact, ...], tuple[Table, ...]]:
    note = (Fact("Catatan", _lines(words["note"])),) if words["note"].strip() else ()
    if case is None:
        facts, tables = monthly.told(_month(record), now)
        return (*facts, *note), tables
    listed = case_facts.object_table(case) if record.kind == RecordKind.RECOVERED else ()
    return (*_case_facts(record, case, words), *note), listed


def _case_facts(record: BeritaAcara, case: CaseFacts, words: dict[str, str]) -> list[Fact]:
    """Return the rows of the table; a part that somebody emptied is left out."""
    told = [
        Fact("Sistem", (case_facts.systems(case),)),
        Fact("Objek data", _lines(words["objects"])),
        Fact("Perkiraan waktu hilang", _lines(words["lost"])),
        Fact("Hasil penelusuran", _lines(words["search"])),
    ]
    if record.kind == RecordKind.RECOVERED and case.plan:
        executor = case.plan.executor
        told += [
            case_facts.copy_fact(case.plan.snapshot),
            case_facts.times_fact(case),
            Fact("Pelaksana", (executor.full_name or executor.username,)),
            case_facts.amount_fact(case),
        ]
    told.append(Fact("Data yang tidak dapat dipulihkan", _lines(words["missing"])))
    if record.kind == RecordKind.RECOVERED:
        told.append(case_facts.proof_fact(case))
    return [fact for fact in told if fact.lines or fact.lead]


def _parties(record: BeritaAcara, words: dict[str, str]) -> tuple[Party, ...]:
    first = Party(
        "I.",
        _rows(words, "first", "NIP/NBM"),
        "PIHAK PERTAMA",
        ROLES[record.rule_kind],
    )
    if record.ticket is None:
        return (first,)
    second = _rows(words, "second", "NIP/NIDN/NIM")
    return (first, Party("II.", second, "PIHAK KEDUA", "pemohon, pemilik data"))


def _rows(words: dict[str, str], who: str, identity: str) -> tuple[tuple[str, str], ...]:
    rows = (
        ("Nama", words[f"{who}_name"]),
        (identity, words[f"{who}_identity"]),
        ("Jabatan", words[f"{who}_position"]),
        ("Unit kerja", words[f"{who}_unit"]),
    )
    return tuple((label, value or "—") for label, value in rows)


def _blocks(record: BeritaAcara, words: dict[str, str]) -> tuple[Block, ...]:
    """Return the places to sign: second party, first party, witnesses, and last the head."""
    blocks: list[Block] = []
    if record.ticket:
        reporter = record.ticket.reporter_id
        blocks.append(_party_block(1, SignerPart.SECOND, words, "second", reporter))
    blocks.append(_party_block(2, SignerPart.FIRST, words, "first", _first_account(record, words)))
    blocks += witness_blocks(words["witnesses"], after=2)
    return (*blocks, head_block(letterhead(), len(blocks) + 3))


def _party_block(
    order: int, part: SignerPart, words: dict[str, str], who: str, user: int | None
) -> Block:
    called = "PIHAK KEDUA" if part is SignerPart.SECOND else "PIHAK PERTAMA"
    label = "NIP/NIDN/NIM" if part is SignerPart.SECOND else "NIP/NBM"
    return Block(
        order=order,
        part=part.value,
        above=(called,),
        title=words[f"{who}_position"],
        name=words[f"{who}_name"],
        label=label,
        identity=words[f"{who}_identity"],
        user=user,
    )


def _first_account(record: BeritaAcara, words: dict[str, str]) -> int | None:
    """Return the account of the first party, if the words still name the one who did the work."""
    plan = CaseFacts(record.ticket).plan if record.ticket else None
    able = [plan.executor] if plan and record.kind == RecordKind.RECOVERED else []
    able += [user for user in (record.ticket and record.ticket.assignee, record.made_by) if user]
    return next((user.pk for user in able if user.full_name == words["first_name"]), None)


def _acceptance(words: dict[str, str]) -> str:
    said = words["acceptance"]
    notes = words["acceptance_words"].strip()
    at = datetime.fromisoformat(words["accepted_at"]) if words["accepted_at"] else None
    when = f", {moment(at)}" if at else ""
    match said:
        case _ if said == AGREED:
            told = f"PIHAK KEDUA telah memeriksa dan menyatakan data sesuai{when}."
        case _ if said == WITH_NOTES:
            told = f"PIHAK KEDUA telah memeriksa dan menyatakan data sesuai dengan catatan{when}."
        case _ if said == WRONG:
            told = f"PIHAK KEDUA telah memeriksa dan menyatakan data tidak sesuai{when}."
        case _:
            return (
                "PIHAK KEDUA memeriksa dan menyatakan data: sesuai / sesuai dengan catatan / "
                "tidak sesuai (coret yang tidak perlu)."
            )
    return f"{told} {notes}" if notes else told


def _closing(level: str) -> str:
    if level == SigningLevel.PORTAL:
        return (
            "Demikian Berita Acara ini dibuat dengan sebenar-benarnya dan ditandatangani secara "
            "elektronik (tidak tersertifikasi) untuk dipergunakan sebagaimana mestinya."
        )
    return (
        "Demikian Berita Acara ini dibuat dengan sebenar-benarnya dalam rangkap 2 (dua) untuk "
        "dipergunakan sebagaimana mestinya."
    )


def _form(record: BeritaAcara) -> Form:
    rule = rule_for(record.kind)
    issued = long_date(rule.form_issued_on) if rule.form_issued_on else "—"
    return Form(rule.form_code or "—", rule.revision or "—", issued)


def _month(record: BeritaAcara) -> date:
    if record.month is None:
        raise ValueError(f"{record} is of no month")
    return record.month


def _lines(words: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in words.splitlines() if line.strip())
