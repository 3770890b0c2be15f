"""What the tests of the desk share: a Monday morning, a case in any state, a night to restore."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from backups.models import (
    BackupRun,
    Copy,
    CopyState,
    InformationSystem,
    JobState,
    Repository,
    RunKind,
    Snapshot,
    Source,
    Vault,
)
from backups.registering import add_source
from portal.accounts.models import Role, User
from portal.accounts.sections import Section
from tests.app.people import person as new_person
from tickets.actions import (
    analysing,
    approving,
    choosing,
    closing,
    drafting,
    files,
    filing,
    intake,
    restoring,
)
from tickets.actions.actors import Act, by_link, person
from tickets.actions.rules import current_plan
from tickets.models import ErasedBefore, EvidenceKind, Ticket
from tickets.seeding import seed
from tickets.workflow import State

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # 09:00 WIB, an ordinary working day
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FOUND = {
    "exists": True, "overwrites": 1, "connections": 2, "bytes": 48_000_000, "free_bytes": None,
    "warnings": [], "blockers": [], "fingerprint": "e" * 64,
}  # fmt: skip
PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< >>\n%%EOF\n"


def answers(**changes) -> dict:
    return {
        "happened": "lost",
        "subject": "Nilai kelas 3B hilang",
        "lost_data": "Nilai akhir Statistika Pendidikan 3B, 42 mahasiswa.",
        "place": "SIAKAD, menu Nilai",
        "systems": ["siakad"],
        "last_right_at": "2026-11-20T16:00",
        "noticed_at": "2026-11-23T07:50",
        "name": "Rahma Dosen",
        "email": "rahma@rumah.example",
        **changes,
    }


def drafted(user: User | None = None, now: datetime = MONDAY, **changes):
    draft, _ = drafting.open_draft(user, now)
    return drafting.save_step(draft, "periksa", answers(**changes), now)


def filed(user: User | None = None, now: datetime = MONDAY, **changes) -> Ticket:
    return filing.file_report(drafted(user, now, **changes), user, now).ticket


def act(user: User, ticket: Ticket, words: str = "", now: datetime = MONDAY, seen=None) -> Act:
    return Act(person(user, ticket, now), now, words, seen)


def link_act(ticket: Ticket, words: str = "", now: datetime = MONDAY) -> Act:
    return Act(by_link(ticket), now, words)


def fresh(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def surveyed(ticket: Ticket, **found) -> Ticket:
    """Let a worker have looked at the target of the plan that stands; `found` is what it saw."""
    survey = current_plan(ticket).survey
    if survey and survey.is_unfinished:
        survey.found = FOUND | found
        survey.state, survey.finished_at = JobState.GOOD, MONDAY
        survey.save()
    return ticket


def new_night(source: Source, taken_at: datetime) -> Snapshot:
    """A good night of a source, of which a copy stands in a vault."""
    run = BackupRun.objects.create(
        source=source,
        kind=RunKind.MANUAL,
        night=taken_at.date(),
        state=JobState.GOOD,
        ordered_at=taken_at,
    )
    snapshot = Snapshot.objects.create(
        source=source,
        run=run,
        taken_at=taken_at,
        manifest_sha256="a" * 64,
        object_count=3,
        row_count=1000,
        byte_count=10_000,
    )
    vault, _ = Vault.objects.get_or_create(
        name="Lokal", defaults={"role": "local", "location": "/v"}
    )
    repository, _ = Repository.objects.get_or_create(
        source=source, vault=vault, defaults={"password_secret": "sealed1:x"}
    )
    Copy.objects.create(
        snapshot=snapshot,
        repository=repository,
        state=CopyState.STORED,
        restic_id="b" * 64,
        tree="c" * 64,
        stored_at=taken_at,
    )
    return snapshot


@dataclass
class Desk:
    """The people of the desk, a night of SIAKAD, and ways to bring a case where it must be."""

    reporter: User
    front_desk: User
    analyst: User
    executor: User
    approver: User
    night: Snapshot

    def filed(self, now: datetime = MONDAY) -> Ticket:
        return filed(self.reporter, now)

    def received(self) -> Ticket:
        ticket = self.filed()
        return intake.accept(ticket, act(self.front_desk, ticket))

    def in_analysis(self) -> Ticket:
        ticket = self.received()
        return analysing.start_analysis(ticket, act(self.analyst, ticket))

    def searched(self) -> Ticket:
        ticket = self.in_analysis()
        analysing.record_search(
            ticket, EvidenceKind.SEARCH, "Terakhir terlihat 21 November", {"hits": 1},
            act(self.analyst, ticket),
        )  # fmt: skip
        return ticket

    def with_letter(self, ticket: Ticket) -> Ticket:
        by = act(self.reporter, ticket)
        scan = files.attach(ticket, "surat.pdf", PDF, by)
        files.give_letter(ticket, "014/FKIP/XI/2026", date(2026, 11, 23), scan, by)
        return ticket

    def choice(self, **changes) -> choosing.Choice:
        chosen = {
            "snapshot": self.night,
            "scope": {"kind": "tables", "names": ["nilai_mahasiswa"]},
            "executor": self.executor,
            "erased_before": ErasedBefore.NO,
            "weighed": {"overwritten_rows": 2, "lost_rows": 0, "bytes": 10_000, "seconds": 60},
            **changes,
        }
        return choosing.Choice(**chosen)

    def planned(self) -> Ticket:
        ticket = self.with_letter(self.searched())
        choosing.choose_plan(ticket, self.choice(), act(self.analyst, ticket))
        return surveyed(ticket)

    def asked(self) -> Ticket:
        ticket = self.planned()
        approving.request_approval(ticket, act(self.analyst, ticket))
        return ticket

    def approved(self) -> Ticket:
        ticket = self.asked()
        return approving.approve(ticket, act(self.approver, ticket))

    def restoring(self) -> Ticket:
        ticket = self.approved()
        Ticket.objects.filter(pk=ticket.pk).update(state=State.RESTORING)
        return fresh(ticket)

    def restored(self) -> Ticket:
        outcome = restoring.Outcome(restored=True, summary="42 dari 42 sama", facts={"equal": 42})
        return restoring.settle(self.restoring(), outcome, MONDAY)

    def waiting_confirmation(self) -> Ticket:
        ticket = self.restored()
        return restoring.verify(ticket, act(self.analyst, ticket, "Silakan diperiksa."))

    def confirmed(self) -> Ticket:
        ticket = self.waiting_confirmation()
        return closing.confirm(ticket, act(self.reporter, ticket))

    def closed(self) -> Ticket:
        ticket = self.confirmed()
        return closing.close(ticket, act(self.front_desk, ticket))

    def found(self) -> Ticket:
        ticket = self.searched()
        return analysing.inform_found(ticket, act(self.analyst, ticket, "Ada di menu Arsip."))

    def waiting_reporter(self) -> Ticket:
        ticket = self.in_analysis()
        return analysing.ask_reporter(ticket, act(self.analyst, ticket, "Kelas yang mana?"))


@pytest.fixture
def siakad_system(db) -> InformationSystem:
    seed(MONDAY)
    system = InformationSystem.objects.create(name="SIAKAD", slug="siakad", section="ADD")
    source = add_source("Basis data SIAKAD", now=MONDAY - DAY, engine="sqlite", path="/data/s.db")
    system.sources.add(source)
    return system


@pytest.fixture
def desk(siakad_system, reporter, front_desk, analyst, approver) -> Desk:
    """Everybody that a case needs; the executor is an analyst of the servers' section."""
    executor = new_person("joko", Role.ANALYST, full_name="Joko Server", section=Section.JDS)
    night = new_night(siakad_system.sources.get(), MONDAY - 2 * DAY)
    return Desk(reporter, front_desk, analyst, executor, approver, night)
