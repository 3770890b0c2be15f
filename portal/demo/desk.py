"""The demonstration's desk: some cases on their way, made by the desk's own actions.

Time is moved: what the cases tell happened in the hours and days before the first start.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backups.models import JobState, ObjectVersion, Snapshot, TargetSurvey
from backups.specs import Survey
from backups.survey_words import row_of
from portal.accounts.models import User
from portal.lib import clock
from tickets.actions import (
    analysing,
    approving,
    choosing,
    closing,
    files,
    filing,
    intake,
    recording,
    talking,
)
from tickets.actions.actors import Act, by_link, person
from tickets.actions.drafting import open_draft, save_step
from tickets.models import (
    ErasedBefore,
    EvidenceKind,
    Letterhead,
    RecordKind,
    Target,
    Ticket,
    calendar,
)
from tickets.priorities import Impact, Urgency
from tickets.staff.weighing import weigh

PAPER = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< >>\n%%EOF\n"


@dataclass(frozen=True, slots=True)
class Reported:
    """A report as somebody made up filed it."""

    subject: str
    lost_data: str
    system: str
    name: str
    unit: str
    happened: str = "lost"
    place: str = ""
    impact: str = ""

    @property
    def answers(self) -> dict[str, Any]:
        """The answers, as a draft keeps them."""
        return {
            "subject": self.subject,
            "lost_data": self.lost_data,
            "systems": [self.system] if self.system else [],
            "system_unsure": not self.system,
            "happened": self.happened,
            "place": self.place,
            "impact_words": self.impact,
            "last_right_words": "kemarin sore masih ada",
            "name": self.name,
            "email": f"{self.name.split()[0].lower()}@kampus.example",
            "unit": self.unit,
        }


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays in the stories, and when they are told."""

    reporter: User
    front_desk: User
    analyst: User
    executor: User
    approver: User
    now: datetime

    def ago(self, hours: float) -> datetime:
        """Return so many working hours ago, so that nobody worked at night."""
        left, moment = timedelta(hours=hours), self.now
        step, open_hours = timedelta(minutes=15), calendar()
        while left > timedelta(0):
            moment -= step
            if open_hours.is_open(moment):
                left -= step
        return moment

    def file(self, report: Reported, at: datetime, *, own: bool = False) -> Ticket:
        """File a report: the reporter's own, or as the front desk took it by telephone."""
        by = self.reporter if own else self.front_desk
        draft, _ = open_draft(by, at)
        draft = save_step(draft, "periksa", report.answers, at)
        return filing.file_report(draft, by, at, on_behalf=not own).ticket


@dataclass(slots=True)
class Story:
    """One case being told."""

    cast: Cast
    ticket: Ticket

    def act(self, who: User, at: datetime, words: str = "") -> Act:
        """Return what somebody of BPTI does."""
        return Act(person(who, self.ticket, at), at, words)

    def reporters(self, at: datetime, words: str = "") -> Act:
        """Return what the reporter does."""
        return Act(by_link(self.ticket), at, words)

    def accept(self, at: datetime, judged: tuple[Impact, Urgency] | None = None) -> Story:
        """Let the front desk receive it."""
        intake.accept(self.ticket, self.act(self.cast.front_desk, at))
        if judged:
            intake.prioritise(self.ticket, *judged, self.act(self.cast.front_desk, at))
        return self

    def analyse(self, at: datetime) -> Story:
        """Let the analyst begin."""
        analysing.start_analysis(self.ticket, self.act(self.cast.analyst, at))
        return self

    def search(self, at: datetime, summary: str, **facts: Any) -> Story:
        """Let the analyst keep what the catalogue says."""
        by = self.act(self.cast.analyst, at)
        analysing.record_search(self.ticket, EvidenceKind.SEARCH, summary, facts, by)
        return self

    def letter(self, at: datetime, number: str) -> Story:
        """Let the reporter hand in the signed letter."""
        by = self.reporters(at)
        scan = files.attach(self.ticket, "surat-pengajuan.pdf", PAPER, by)
        files.give_letter(self.ticket, number, clock.wib_date(at), scan, by)
        return self

    def plan(self, at: datetime, snapshot: Snapshot, names: list[str]) -> Story:
        """Let the analyst choose the copy."""
        scope = {"kind": "tables" if names else "whole", "names": names}
        choice = choosing.Choice(
            snapshot=snapshot,
            scope=scope,
            executor=self.cast.executor,
            erased_before=ErasedBefore.NO,
            target=Target.BESIDE,
            weighed=weigh(snapshot, scope, at),
        )
        plan = choosing.choose_plan(self.ticket, choice, self.act(self.cast.analyst, at))
        found = row_of(Survey(size_bytes=snapshot.byte_count), ())
        TargetSurvey.objects.filter(reference=plan.reference).update(
            state=JobState.GOOD, started_at=at, finished_at=at, found=found
        )
        return self

    def ask(self, at: datetime) -> Story:
        """Let the analyst ask for an approval."""
        approving.request_approval(self.ticket, self.act(self.cast.analyst, at))
        return self


def ensure_desk(now: datetime) -> int:
    """Tell the stories where no case was ever filed; return how many."""
    if Ticket.objects.exists():
        return 0
    people = {
        part: User.objects.get(username=username)
        for part, username in (
            ("reporter", "pelapor"),
            ("front_desk", "layanan"),
            ("analyst", "analis"),
            ("executor", "teknisi"),
            ("approver", "penyetuju"),
        )
    }
    cast = Cast(**people, now=now)
    Letterhead.objects.update(head=cast.approver)
    for story in STORIES:
        story(cast)
    return len(STORIES)


def _found(cast: Cast) -> None:
    """Tell of data that were still there: from the report to the end, with a good word."""
    report = Reported(
        "Bahan kuliah minggu ke-5 tidak tampil",
        "Tiga berkas PDF bahan kuliah Pengantar Statistika minggu ke-5.",
        "e-learning",
        "Ratih Prameswari",
        "FKIP",
        place="Kursus Pengantar Statistika, bagian minggu 5",
    )
    story = Story(cast, cast.file(report, cast.ago(19), own=True))
    story.accept(cast.ago(18.5), (Impact.UNIT, Urgency.SOON)).analyse(cast.ago(18))
    story.search(cast.ago(17.5), "Berkas ada di setiap malam; kursusnya tersembunyi", hits=3)
    told = "Berkasnya masih ada: minggu ke-5 tersembunyi bagi mahasiswa. Sudah kami tampilkan."
    analysing.inform_found(story.ticket, story.act(cast.analyst, cast.ago(17.25), told))
    closing.confirm(story.ticket, story.reporters(cast.ago(15)))
    closing.close(story.ticket, story.act(cast.front_desk, cast.ago(14.5)))
    _write_record(cast, story.ticket, RecordKind.FOUND)
    closing.rate(story.ticket, 5, story.reporters(cast.ago(14), "Cepat dan jelas, terima kasih."))


def _cannot_recover(cast: Cast) -> None:
    """Tell of data that no night ever had."""
    report = Reported(
        "Berkas notulen rapat tadi pagi hilang",
        "notulen-rapat-senat.docx, dibuat dan hilang pada hari yang sama.",
        "repositori-dokumen",
        "Dimas Ardiansyah",
        "Fakultas Teknik",
    )
    story = Story(cast, cast.file(report, cast.ago(12)))
    story.accept(cast.ago(11.75)).analyse(cast.ago(11.5))
    story.search(cast.ago(11), "Tidak ditemukan: “notulen-rapat-senat”", hits=0)
    told = "Berkas itu dibuat dan hilang di antara dua malam, jadi tidak ada salinannya."
    closing.cannot_recover(story.ticket, story.act(cast.analyst, cast.ago(10.5), told))
    _write_record(cast, story.ticket, RecordKind.UNRECOVERABLE)


def _write_record(cast: Cast, ticket: Ticket, kind: RecordKind) -> None:
    """Order a case's berita acara; a worker issues it."""
    record = recording.draft_for_case(ticket, kind, cast.front_desk, cast.now)
    recording.order_issue(record, cast.front_desk, cast.now)


def _waits_for_approval(cast: Cast) -> None:
    """Tell of marks that wait for a yes."""
    snapshot = _newest("siakad")
    report = Reported(
        "Nilai satu kelas kosong setelah unggah berkas",
        "Nilai akhir satu kelas kosong sesudah mengunggah berkas Excel.",
        "siakad",
        "Nurul Hidayati",
        "FKIP",
        "overwritten",
        "SIAKAD, menu Nilai",
        "42 mahasiswa tidak melihat nilainya.",
    )
    story = Story(cast, cast.file(report, cast.ago(6)))
    story.accept(cast.ago(5.75), (Impact.UNIT, Urgency.NOW)).analyse(cast.ago(5.5))
    if snapshot is None:
        return
    story.search(cast.ago(5), "public.nilai di SIAKAD: ada pada malam terakhir", hits=1)
    note = "Unggahan pukul 15:40 berisi kolom kosong. Presensi sesudahnya sah, jangan disentuh."
    talking.add_note(story.ticket, story.act(cast.analyst, cast.ago(4.75), note))
    story.letter(cast.ago(4), "014/FKIP/XI/2026")
    begun = max(cast.now - timedelta(minutes=6), snapshot.taken_at)
    story.plan(begun, snapshot, _tables(snapshot, "nilai")).ask(begun + timedelta(minutes=1))


def _in_analysis(cast: Cast) -> None:
    """Tell of a search under way, the reporter kept informed."""
    report = Reported(
        "Data peminjaman buku bulan lalu hilang",
        "Catatan peminjaman bulan lalu tidak tampil di laporan perpustakaan.",
        "perpustakaan",
        "Yusuf Maulana",
        "Perpustakaan",
    )
    story = Story(cast, cast.file(report, cast.ago(3)))
    story.accept(cast.ago(2.75), (Impact.UNIT, Urgency.SOON)).analyse(cast.ago(2.5))
    told = "Terima kasih. Kami mulai menelusuri salinan bulan lalu; kabar berikutnya hari ini."
    talking.reply(story.ticket, story.act(cast.analyst, cast.ago(2.25), told))
    note = "Cek tabel peminjaman: apakah penghapusan tahunan sudah berjalan?"
    talking.add_note(story.ticket, story.act(cast.analyst, cast.ago(2), note))


def _waits_for_reporter(cast: Cast) -> None:
    """Tell of a question to the reporter."""
    report = Reported(
        "Bab 3 skripsi tertimpa versi lama",
        "Berkas skripsi bab 3 di repositori kembali ke versi minggu lalu.",
        "repositori-dokumen",
        "Anisa Rahmawati",
        "FIKES",
        "overwritten",
    )
    story = Story(cast, cast.file(report, cast.ago(5)))
    story.accept(cast.ago(4.5)).analyse(cast.ago(4))
    asked = "Apa nama berkasnya persis, dan di folder mana biasanya Anda membukanya?"
    analysing.ask_reporter(story.ticket, story.act(cast.analyst, cast.ago(3.5), asked))


def _received(cast: Cast) -> None:
    """Tell of a report that nobody has taken yet."""
    report = Reported(
        "Forum diskusi kelas kosong",
        "Semua diskusi di forum kelas Akuntansi Dasar tidak tampil sejak pagi.",
        "e-learning",
        "Rahmat Hidayat",
        "FEB",
    )
    Story(cast, cast.file(report, cast.ago(1.5))).accept(cast.ago(1.25))


def _fresh(cast: Cast) -> None:
    """Tell of a report that just came in, from the demonstration's own reporter."""
    report = Reported(
        "Presensi pertemuan ke-9 hilang",
        "Presensi kelas Statistika Pendidikan pertemuan ke-9; pertemuan lain masih ada.",
        "siakad",
        "Ratih Prameswari",
        "FKIP",
        place="SIAKAD, menu Presensi",
        impact="35 mahasiswa",
    )
    cast.file(report, cast.ago(0.5), own=True)


STORIES: tuple[Callable[[Cast], None], ...] = (
    _found,
    _cannot_recover,
    _waits_for_approval,
    _waits_for_reporter,
    _in_analysis,
    _received,
    _fresh,
)


def _newest(key: str) -> Snapshot | None:
    """Return the newest copy of a source; None while its first backup has not succeeded."""
    return Snapshot.objects.restorable().filter(source__key=key).order_by("-taken_at").first()


def _tables(snapshot: Snapshot, leaf: str) -> list[str]:
    """Return the whole names of the tables that are called so; none means the whole copy."""
    held = ObjectVersion.objects.filter(source=snapshot.source_id, until=None, kind="table")
    named = held.values_list("name", flat=True)
    return [name for name in named if name.rpartition(".")[2] == leaf]
