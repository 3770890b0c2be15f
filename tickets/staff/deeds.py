"""What each move of the table asks on its page, and the action that makes it.

The decisions of an approver have a page of their own (tickets.staff.deciding), and so have
searching and planning (tickets.staff.analysing); reporters and the portal itself make the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal.accounts.sections import Section
from tickets.actions import analysing, approving, closing, files, filing, intake, restoring, talking
from tickets.actions.actors import Act
from tickets.errors import NoteKept
from tickets.models import Attachment, Entry, Ticket, TieKind
from tickets.priorities import Impact, Urgency
from tickets.staff import deed_forms as forms
from tickets.uploads import LARGEST

Make = Callable[[Ticket, Any, Act], Any]


@dataclass(frozen=True, slots=True)
class Deed:
    """How a page makes one move. One that is `plain` needs no page: a button is enough."""

    make: Make
    form: type[forms.DeedForm] = forms.DeedForm
    plain: bool = False


def _route(ticket: Ticket, form: Any, act: Act) -> Any:
    return intake.route(ticket, Section(form.cleaned_data["seksi"]), act)


def _assign(ticket: Ticket, form: Any, act: Act) -> Any:
    return intake.assign(ticket, form.cleaned_data["petugas"], act)


def _prioritise(ticket: Ticket, form: Any, act: Act) -> Any:
    judged = form.cleaned_data
    return intake.prioritise(ticket, Impact(judged["dampak"]), Urgency(judged["urgensi"]), act)


def _name_systems(ticket: Ticket, form: Any, act: Act) -> Any:
    return intake.name_systems(ticket, form.cleaned_data["sistem"], act)


def _merge(ticket: Ticket, form: Any, act: Act) -> Any:
    return intake.merge(ticket, form.other, act)


def _link(ticket: Ticket, form: Any, act: Act) -> Any:
    return intake.link(ticket, form.other, TieKind(form.cleaned_data["jenis"]), act)


def _withdraw(ticket: Ticket, form: Any, act: Act) -> Any:
    note = Entry.objects.filter(ticket=ticket, pk=form.cleaned_data["catatan"]).first()
    if note is None:
        raise NoteKept(minutes=0)
    return talking.withdraw_note(note, act)


def _reply(ticket: Ticket, form: Any, act: Act) -> Any:
    mended = form.cleaned_data["meralat"]
    corrects = Entry.objects.filter(ticket=ticket, pk=mended, public=True).first()
    return talking.reply(ticket, act, corrects if mended else None)


def _attach(ticket: Ticket, form: Any, act: Act) -> Attachment:
    sent = form.cleaned_data["berkas"]
    return files.attach(ticket, sent.name, sent.read(LARGEST + 1), act)


def _give_letter(ticket: Ticket, form: Any, act: Act) -> Any:
    given = form.cleaned_data
    scan = given["pindaian"] or _attach(ticket, form, act)
    return files.give_letter(ticket, given["nomor_surat"], given["tanggal"], scan, act)


def _reject_letter(_ticket: Ticket, form: Any, act: Act) -> Any:
    return files.reject_letter(form.cleaned_data["surat"], act)


def _words_only(action: Callable[[Ticket, Act], Any], *, plain: bool = False) -> Deed:
    return Deed(lambda ticket, _form, act: action(ticket, act), plain=plain)


DEEDS: dict[str, Deed] = {
    "confirm_reporter": _words_only(filing.confirm_reporter, plain=True),
    "accept": _words_only(intake.accept, plain=True),
    "route": Deed(_route, forms.RouteForm),
    "assign": Deed(_assign, forms.AssignForm),
    "prioritise": Deed(_prioritise, forms.PriorityForm),
    "name_systems": Deed(_name_systems, forms.SystemsForm),
    "merge": Deed(_merge, forms.OtherCaseForm),
    "link": Deed(_link, forms.LinkForm),
    "start_analysis": _words_only(analysing.start_analysis, plain=True),
    "ask_reporter": _words_only(analysing.ask_reporter),
    "answer": _words_only(analysing.answer),
    "inform_found": _words_only(analysing.inform_found),
    "resume": _words_only(analysing.resume, plain=True),
    "request_approval": _words_only(approving.request_approval),
    "recall": _words_only(approving.recall),
    "start_restore": _words_only(restoring.start),
    "verify": _words_only(restoring.verify),
    "find_wrong": _words_only(restoring.find_wrong),
    "confirm": _words_only(closing.confirm),
    "dispute": _words_only(closing.dispute),
    "close": _words_only(closing.close),
    "cancel": _words_only(closing.cancel),
    "cannot_recover": _words_only(closing.cannot_recover),
    "reopen": _words_only(closing.reopen),
    "add_note": _words_only(talking.add_note),
    "withdraw_note": Deed(_withdraw, forms.NoteForm),
    "reply": Deed(_reply, forms.ReplyForm),
    "attach": Deed(_attach, forms.FileForm),
    "give_letter": Deed(_give_letter, forms.LetterForm),
    "reject_letter": Deed(_reject_letter, forms.RejectLetterForm),
}
