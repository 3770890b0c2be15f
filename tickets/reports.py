"""The answers of a report, from what was typed to what can be filed. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.lib.clock import WIB
from tickets.errors import Incomplete, _

HAPPENED = ("lost", "damaged", "overwritten", "cannot_open")
LANGUAGES = ("id", "en")
EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\"]+")

LONGEST = {
    "subject": 140,
    "lost_data": 8000,
    "place": 300,
    "example": 4000,
    "last_right_words": 200,
    "impact_words": 4000,
    "needed_for": 200,
    "name": 150,
    "email": 254,
    "identity": 32,
    "unit": 120,
    "phone": 32,
}
REQUIRED = {
    "happened": _("Pilih apa yang terjadi."),
    "subject": _("Tuliskan secara singkat data apa yang bermasalah."),
    "lost_data": _("Jelaskan data mana yang bermasalah."),
    "name": _("Tuliskan nama Anda."),
    "email": _("Tuliskan alamat email Anda."),
}
NO_SYSTEM = _("Pilih sistemnya, atau pilih “Saya tidak yakin”.")


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report. `systems` are keys of information systems; none when unsure."""

    happened: str
    subject: str
    lost_data: str
    name: str
    email: str
    systems: tuple[str, ...] = ()
    system_unsure: bool = False
    place: str = ""
    example: str = ""
    last_right_at: datetime | None = None
    last_right_words: str = ""
    noticed_at: datetime | None = None
    impact_words: str = ""
    needed_by: date | None = None
    needed_for: str = ""
    identity: str = ""
    unit: str = ""
    phone: str = ""
    language: str = "id"


def read(answers: Mapping[str, Any], now: datetime) -> Report:
    """Return the report that the answers make; raise Incomplete with a sentence per field."""
    if found := problems(answers, now):
        raise Incomplete(found)
    values: dict[str, Any] = {name: _text(answers, name) for name in LONGEST}
    return Report(
        **values,
        happened=answers["happened"],
        systems=tuple(answers.get("systems") or ()),
        system_unsure=bool(answers.get("system_unsure")),
        last_right_at=_moment(answers, "last_right_at"),
        noticed_at=_moment(answers, "noticed_at"),
        needed_by=_day(answers, "needed_by"),
        language=answers.get("language", "id"),
    )


def problems(answers: Mapping[str, Any], now: datetime) -> dict[str, str]:
    """Return what is missing or cannot be, by answer; the sentences are not translated yet."""
    return dict(_problems(answers, now))


def _problems(answers: Mapping[str, Any], now: datetime) -> Iterator[tuple[str, str]]:
    for name, limit in LONGEST.items():
        if len(_text(answers, name)) > limit:
            yield name, _("Terlalu panjang.")
    for name, sentence in REQUIRED.items():
        if not _text(answers, name):
            yield name, sentence
    yield from _choice_problems(answers)
    yield from _time_problems(answers, now)


def _choice_problems(answers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    happened, email = _text(answers, "happened"), _text(answers, "email")
    if happened and happened not in HAPPENED:
        yield "happened", REQUIRED["happened"]
    if email and not EMAIL.fullmatch(email):
        yield "email", _("Alamat email ini tidak lengkap. Contoh: nama@uhamka.ac.id")
    if not answers.get("systems") and not answers.get("system_unsure"):
        yield "systems", NO_SYSTEM
    if answers.get("language", "id") not in LANGUAGES:
        yield "language", _("Bahasa ini belum tersedia.")


def _time_problems(answers: Mapping[str, Any], now: datetime) -> Iterator[tuple[str, str]]:
    moments: dict[str, datetime | None] = {}
    for name in ("last_right_at", "noticed_at"):
        try:
            moments[name] = _moment(answers, name)
        except ValueError:
            yield name, _("Tanggal atau jam ini tidak ada.")
    try:
        _day(answers, "needed_by")
    except ValueError:
        yield "needed_by", _("Tanggal ini tidak ada.")
    for name, moment in moments.items():
        if moment and moment > now:
            yield name, _("Waktu ini belum tiba.")
    right, noticed = moments.get("last_right_at"), moments.get("noticed_at")
    if right and noticed and right > noticed:
        yield "last_right_at", _("Terakhir benar harus sebelum Anda menyadarinya.")


def _text(answers: Mapping[str, Any], name: str) -> str:
    """Return an answer as text without blanks around it and without characters that print not."""
    value = answers.get(name)
    if not isinstance(value, str):
        return ""
    return "".join(c for c in value if c >= " " or c in "\n\t").strip()


def _moment(answers: Mapping[str, Any], name: str) -> datetime | None:
    """Return a moment that was typed as ISO 8601; without a zone it is WIB."""
    text = _text(answers, name)
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=WIB)


def _day(answers: Mapping[str, Any], name: str) -> date | None:
    text = _text(answers, name)
    return date.fromisoformat(text) if text else None
