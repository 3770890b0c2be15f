"""A report's answers as a list for its writer: what was said, and where to change it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from django.utils.dateformat import format as format_date
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backups.models import InformationSystem
from portal.lib import measures
from tickets.models import Happened
from tickets.reporter.course import CHECK, FILES, Course
from tickets.reports import problems


class Answer(NamedTuple):
    """One row: its name, what was said (several lines), which page changes it."""

    name: Any
    lines: list[str]
    href: str


class Trouble(NamedTuple):
    """An answer that must be mended before sending, and where."""

    sentence: str
    href: str


def summary(course: Course) -> list[Answer]:
    """Return all that will be sent, in the order of the pages."""
    said = {
        "kejadian": _happened,
        "sistem": _systems,
        "data": _lines("subject", "lost_data", "place", "example"),
        "waktu": _when,
        "dampak": _impact,
        "pelapor": _who,
    }
    rows = [
        Answer(form.short, said[slug](course.draft.answers), _change(course, slug))
        for slug, form in course.forms.items()
    ]
    kept = [f"{file.name}, {measures.size(file.size)}" for file in course.draft.attachments.all()]
    place = len(rows) - ("pelapor" in course.forms)
    rows.insert(place, Answer(_("Lampiran"), kept, _change(course, FILES)))
    return rows


def troubles(course: Course, now: datetime) -> list[Trouble]:
    """Return what keeps the report from being sent, each with the page that mends it."""
    found = problems(with_known(course), now)
    where = {answer: slug for slug, form in course.forms.items() for answer in form.judged}
    return [
        Trouble(gettext(sentence), _change(course, where[answer]))
        for answer, sentence in found.items()
        if answer in where
    ]


def with_known(course: Course) -> dict[str, Any]:
    """Return the answers with what the account says, as they will be filed."""
    answers = dict(course.draft.answers)
    if course.known:
        answers |= {"name": str(course.known), "email": course.known.email}
    return answers


def _change(course: Course, slug: str) -> str:
    return f"{course.address(slug)}?kembali={CHECK}"


def _text(answers: Mapping[str, Any], name: str) -> str:
    return str(answers.get(name) or "").strip()


def _lines(*names: str) -> Callable[[Mapping[str, Any]], list[str]]:
    return lambda answers: [text for name in names if (text := _text(answers, name))]


def _happened(answers: Mapping[str, Any]) -> list[str]:
    labels = dict(Happened.choices)
    return [str(labels[answers["happened"]])] if answers.get("happened") in labels else []


def _systems(answers: Mapping[str, Any]) -> list[str]:
    chosen = InformationSystem.objects.filter(slug__in=answers.get("systems") or ())
    named = [system.name for system in chosen]
    return [*named, gettext("Saya tidak yakin")] if answers.get("system_unsure") else named


def _when(answers: Mapping[str, Any]) -> list[str]:
    lines = [told(_text(answers, "last_right_at")), _text(answers, "last_right_words")]
    if answers.get("last_right_unknown"):
        lines.append(gettext("Saya tidak tahu"))
    if noticed := told(_text(answers, "noticed_at")):
        lines.append(gettext("Disadari %(when)s") % {"when": noticed})
    return [line for line in lines if line]


def _impact(answers: Mapping[str, Any]) -> list[str]:
    needed = (told(_text(answers, "needed_by")), _text(answers, "needed_for"))
    lines = [_text(answers, "impact_words"), ": ".join(part for part in needed if part)]
    return [line for line in lines if line]


def _who(answers: Mapping[str, Any]) -> list[str]:
    return _lines("name", "email", "unit", "identity", "phone")(answers)


def told(text: str) -> str:
    """Return a day or a moment for people; what is neither as it was typed."""
    try:
        if "T" not in text:
            return format_date(date.fromisoformat(text), "l, j F Y") if text else ""
        return format_date(datetime.fromisoformat(text), "l, j F Y, H:i") + " WIB"
    except ValueError:
        return text
