"""manage.py restore: bring data back, in this process, through the same functions as the workers.

It stands in the shell because it knows both rooms: a restore to live is a case's approved plan,
or an emergency that a second person reviews afterwards (docs/decisions/0012).
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.db.models import QuerySet

from backups.downloading import Recipient
from backups.errors import BackupError
from backups.jobs import restore
from backups.management.console import (
    PortalCommand,
    chosen_snapshot,
    named_sources,
    operator,
    shown,
    wrong_words,
)
from backups.models import (
    CopyState,
    Download,
    ObjectVersion,
    RestoreJob,
    RestoreTarget,
    Snapshot,
    Source,
)
from backups.restoring import Order, order_restore
from backups.rowsfile import read_head
from backups.survey_words import words_of
from portal.accounts.models import User
from portal.lib import clock
from tickets.actions.actors import Act, person
from tickets.actions.restoring import start
from tickets.actions.rules import current_plan
from tickets.errors import DeskError
from tickets.models import Plan, Ticket

POLL_SECONDS = 0.5
DOWNLOAD = RestoreTarget.DOWNLOAD.value


class Command(PortalCommand):
    help = "Restore beside, prove, and (with --live) swap; undo with: manage.py undo_restore ID"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", help="name or key of a source")
        parser.add_argument("--at", metavar="ID-or-date", help="a snapshot's id, or YYYY-MM-DD")
        parser.add_argument("--table", action="append", default=[], help="only this table")
        parser.add_argument("--path", action="append", default=[], help="only this file or folder")
        parser.add_argument("--rows", metavar="FILE", help="only the rows picked in this file")
        whereto = parser.add_mutually_exclusive_group(required=True)
        whereto.add_argument("--beside", metavar="NAME", help="next to live, under this name")
        whereto.add_argument("--live", action="store_true", help="in live's place")
        whereto.add_argument("--to", choices=[DOWNLOAD], help="an archive for one person")
        whom = parser.add_mutually_exclusive_group()
        whom.add_argument("--for", metavar="USERNAME", dest="whose", help="mailed to this account")
        whom.add_argument("--out", metavar="FILE", help="not encrypted, for you to hand over")
        why = parser.add_mutually_exclusive_group()
        why.add_argument("--ticket", metavar="NUMBER", help="the approved case")
        why.add_argument("--emergency", metavar="REASON", help="recorded, reviewed by another")
        parser.add_argument("--yes", action="store_true", help="do not ask before live is replaced")

    def handle(self, *_: Any, **options: Any) -> None:
        [source] = named_sources([options["source"]], every=False)
        snapshot = _chosen(source, options)
        self._require_words(options)
        try:
            job = self._order(snapshot, options)
        except (BackupError, DeskError) as error:
            self.fail(str(error), getattr(error, "advice", ""))
            self.end()
            return
        with shown(job, source.name):
            carry_out(job)
        self._tell(job, as_json=options["json"])
        self.end()

    def _require_words(self, options: dict[str, Any]) -> None:
        """End with 2 where the words do not make a restore, or where nobody says yes."""
        _require_download_words(options)
        if options["live"] and not (options["ticket"] or options["emergency"]):
            raise wrong_words("--live needs --ticket NUMBER (approved) or --emergency REASON.")
        if sum(map(bool, (options["table"], options["path"], options["rows"]))) > 1:
            raise wrong_words("Choose one of --table, --path and --rows.")
        if options["live"] and not options["yes"]:
            if not sys.stdin.isatty():
                raise wrong_words("--live replaces living data: say --yes.")
            asked = f"Replace what is live in {options['source']}? Type its name to go on: "
            if input(asked) != options["source"]:
                raise wrong_words("Nothing was done.")

    def _order(self, snapshot: Snapshot, options: dict[str, Any]) -> RestoreJob:
        if options["ticket"]:
            return _from_case(snapshot, options)
        order = Order(
            snapshot=snapshot,
            target=target_of(options),
            scope=_named_in_full(scope_of(options), snapshot),
            target_name=options["beside"] or "",
            operator=operator(),
            emergency=options["emergency"] or "",
            recipient=_recipient(options["whose"]) if options["whose"] else None,
            out=str(Path(options["out"]).absolute()) if options["out"] else "",
        )
        return order_restore(order, clock.now(), rung=False)

    def _tell(self, job: RestoreJob, *, as_json: bool) -> None:
        facts = facts_of(job)
        self.emit(facts, sentence(job, facts), as_json=as_json)
        for told in (*job.survey.get("blockers", ()), *job.survey.get("warnings", ())):
            self.say(words_of(told))
        if job.outcome != "restored":
            self.fail(job.error, job.advice)
        elif job.review_due:
            self.say("This emergency waits for a second person's review in the portal.")


def _chosen(source: Source, options: dict[str, Any]) -> Snapshot:
    """Return the night that is meant; for rows without one, that which they were picked from."""
    if not options["rows"] or options["at"]:
        return chosen_snapshot(source, options["at"])
    try:
        head = read_head(Path(options["rows"]))
    except OSError as error:
        raise wrong_words(f"{options['rows']} cannot be read: {error.strerror}.") from error
    except BackupError as error:
        raise wrong_words(str(error)) from error
    found = source.snapshots.restorable().filter(pk=head.snapshot).first()
    if found is None:
        raise wrong_words(f"{source.name} has no copy any more that these rows were picked from.")
    return found


def _from_case(snapshot: Snapshot, options: dict[str, Any]) -> RestoreJob:
    """Start the restore of an approved case in its executor's name; the plan decides, not we."""
    ticket = Ticket.objects.filter(number=options["ticket"]).first()
    plan = current_plan(ticket) if ticket else None
    if ticket is None or plan is None:
        raise wrong_words(f"There is no case {options['ticket']} with a plan.")
    _require_as_planned(plan, snapshot, options)
    act = Act(person(plan.executor, ticket, clock.now()), clock.now(), words=operator())
    return start(ticket, act, operator=operator(), rung=False)


def _require_as_planned(plan: Plan, snapshot: Snapshot, options: dict[str, Any]) -> None:
    """End with 2 where the words ask for anything but what was approved."""
    asked: dict[str, Any] = {"source": snapshot.source_id, "target": str(target_of(options))}
    planned: dict[str, Any] = {"source": plan.snapshot.source_id, "target": str(plan.target)}
    if options["at"]:
        asked["copy"], planned["copy"] = snapshot.pk, plan.snapshot_id
    if options["table"] or options["path"]:
        asked["names"] = sorted(scope_of(options)["names"])
        planned["names"] = sorted((plan.scope or {}).get("names", ()))
    for what, wanted in asked.items():
        if wanted != planned[what]:
            raise wrong_words(f"Case {plan.ticket.number} was approved for another {what}.")


def target_of(options: dict[str, Any]) -> RestoreTarget:
    """Return the target that the words say."""
    if options["to"] == DOWNLOAD:
        return RestoreTarget.DOWNLOAD
    return RestoreTarget.LIVE if options["live"] else RestoreTarget.BESIDE


def _require_download_words(options: dict[str, Any]) -> None:
    """End with 2 where it is not said whose a download is, or is said of what is none."""
    named = [word for word in ("ticket", "whose", "out") if options[word]]
    if options["to"] == DOWNLOAD and len(named) != 1:
        raise wrong_words(
            "A download is of a case (--ticket), for an account (--for), or a file (--out)."
        )
    if options["to"] != DOWNLOAD and (options["whose"] or options["out"]):
        raise wrong_words("--for and --out belong to --to download.")
    if options["to"] == DOWNLOAD and options["emergency"]:
        raise wrong_words("A download replaces nothing: it is no emergency.")
    if options["out"] and Path(options["out"]).exists():
        raise wrong_words(f"{options['out']} exists already; name another file.")


def _recipient(username: str) -> Recipient:
    """Return the account that is meant; ends with 2 when it cannot sign in or be mailed."""
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None or not user.email or not user.roles:
        raise wrong_words(f"No active account {username!r} with a role and a mail address.")
    page = settings.PULIH_URL.rstrip("/") + "/unduhan/"
    return Recipient.at(page, str(user), user.email, user)


def scope_of(options: dict[str, Any]) -> dict[str, Any]:
    """Return the order's scope that the words say."""
    if options["rows"]:
        return {"kind": "rows", "file": options["rows"]}
    if options["table"]:
        return {"kind": "tables", "names": options["table"]}
    if options["path"]:
        return {"kind": "paths", "names": options["path"]}
    return {"kind": "whole"}


def _named_in_full(scope: dict[str, Any], snapshot: Snapshot) -> dict[str, Any]:
    """Return the scope with each table as the night has it: `krs` for `public.krs`, if one fits."""
    if scope["kind"] != "tables":
        return scope
    known = ObjectVersion.objects.filter(source=snapshot.source, kind="table")
    return {**scope, "names": [_in_full(name, known) for name in scope["names"]]}


def _in_full(name: str, known: QuerySet[ObjectVersion]) -> str:
    if known.filter(name=name).exists():
        return name
    ending = known.filter(name__endswith=f".{name}").order_by("name")
    fitting = list(ending.values_list("name", flat=True).distinct()[:2])
    return fitting[0] if len(fitting) == 1 else name


def carry_out(job: RestoreJob) -> None:
    """Do the work here; where a worker was quicker, wait for its end."""
    restore.run(job.pk, clock.now())
    job.refresh_from_db()
    while job.is_unfinished and not job.waits_for_target:
        time.sleep(POLL_SECONDS)
        job.refresh_from_db()


def facts_of(job: RestoreJob) -> dict[str, Any]:
    """Return what the command tells of a restore (docs/perintah.md)."""
    return {
        "restore": job.pk,
        "state": job.outcome,
        "source": job.source.name,
        "target": job.target,
        "snapshot": _id(job.snapshot),
        "objects": job.objects_total,
        "proof": {"equal": job.objects_equal, "compared": job.objects_total},
        "safety_copy": _id(job.safety) if job.safety else None,
        "undo_until": job.undo_until,
        "answers": job.answers,
        "survey": job.survey,
        "seconds": job.seconds,
        "error": job.error,
        **_download_facts(job),
    }


def _download_facts(job: RestoreJob) -> dict[str, Any]:
    """Return where a download is to be had: a file, or until when by whom. Never its key."""
    download = Download.objects.filter(restore=job).first()
    if download is None:
        return {}
    return {
        "file": download.out,
        "recipient": download.address,
        "bytes": download.size,
        "expires_at": download.expires_at,
    }


def _id(snapshot: Snapshot) -> str:
    copy = snapshot.copies.filter(state=CopyState.STORED).first()
    return copy.restic_id if copy else ""


def sentence(job: RestoreJob, facts: dict[str, Any]) -> str:
    """Return a restore's facts as one line for people."""
    if job.waits_for_target:
        return f"{job.source.name}: its server fell silent in mid-swap; it is asked every minute."
    if job.outcome != "restored":
        return f"{job.source.name}: {job.outcome}; what is live is as it was."
    equal = f"{job.objects_equal} of {job.objects_total} objects equal"
    if job.is_download:
        return f"{job.source.name}: {_whereto(facts)}, {equal}"
    line = f"{job.source.name}: restored in {facts['seconds']:.1f} s, {equal}"
    if job.undo_until:
        until = job.undo_until.astimezone(clock.WIB)
        line += f"; undo until {until:%Y-%m-%d %H:%M} WIB: manage.py undo_restore {job.pk}"
    return line


def _whereto(facts: dict[str, Any]) -> str:
    """Return where a download is, for people."""
    if facts["file"]:
        return f"written to {facts['file']}"
    until = facts["expires_at"].astimezone(clock.WIB)
    return f"link and key go to {facts['recipient']} by mail, until {until:%Y-%m-%d %H:%M} WIB"
