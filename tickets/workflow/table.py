"""The one table of moves. Whatever happens to a case stands here, or it does not happen.

`docs/kasus.md` is drawn from it; pages take their buttons from it; the tests make the matrix of
role, move and own or other case from it. A move whose `to` is None leaves the state as it is.
`step` is the step of the SOP's restore procedure that the move carries out.
"""

from __future__ import annotations

from dataclasses import dataclass

from tickets.workflow.nouns import FINAL, Audience, Rule, Standing, State, Words, _

REPORTER, EXECUTOR, APPROVER, SYSTEM = (
    frozenset({who})
    for who in (Standing.REPORTER, Standing.EXECUTOR, Standing.APPROVER, Standing.SYSTEM)
)
ANALYST = frozenset({Standing.ANALYST})
DESK = frozenset({Standing.FRONT_DESK})
HANDLERS = DESK | ANALYST
WRITERS = HANDLERS | APPROVER

ANY = frozenset(State)
OPEN = ANY - FINAL
AT_WORK = frozenset({State.IN_ANALYSIS, State.RETURNED})
ASKED = frozenset({State.FOUND, State.WAITING_CONFIRMATION})
CARRIED_OUT = ASKED | {State.RESTORING, State.RESTORED, State.CONFIRMED, State.DISPUTED}

TO_REPORTER = (Audience.REPORTER,)
TO_HANDLERS = (Audience.HANDLERS,)
TO_BOTH = (Audience.REPORTER, Audience.HANDLERS)


@dataclass(frozen=True, slots=True)
class Move:
    """One line of the table. `label` is the button, `done` what the timeline says of it.

    A move that is not `guarded` only adds something: it counts no new version of the case, and
    no page is too old for it.
    """

    name: str
    sources: frozenset[State]
    to: State | None
    who: frozenset[Standing]
    label: str
    done: str
    needs: tuple[Rule, ...] = ()
    words: Words = Words.NONE
    tells: tuple[Audience, ...] = ()
    step: str = ""
    guarded: bool = True

    @property
    def shown(self) -> bool:
        """Whether the reporter sees this line in the timeline of their case."""
        return self.to is not None or Audience.REPORTER in self.tells


# fmt: off
INTAKE = (
    Move("file_report", frozenset(), State.REPORTED, REPORTER | DESK,
         _("Kirim laporan"), _("Laporan dikirim"), tells=TO_BOTH, step="1"),
    Move("confirm_reporter", frozenset({State.REPORTED}), None, REPORTER | HANDLERS,
         _("Konfirmasi alamat"), _("Alamat pelapor dikonfirmasi"),
         needs=(Rule.UNCONFIRMED_REPORTER,), tells=TO_HANDLERS, step="1"),
    Move("accept", frozenset({State.REPORTED}), State.RECEIVED, HANDLERS,
         _("Terima laporan"), _("Laporan diterima"),
         needs=(Rule.CONFIRMED_REPORTER,), words=Words.NOTE, tells=TO_BOTH, step="2"),
    Move("route", OPEN, None, HANDLERS, _("Disposisi"), _("Didisposisikan"),
         words=Words.NOTE, tells=TO_HANDLERS, step="2"),
    Move("assign", OPEN, None, HANDLERS, _("Tugaskan"), _("Ditugaskan"),
         words=Words.NOTE, tells=TO_HANDLERS, step="2"),
    Move("prioritise", OPEN, None, HANDLERS, _("Atur prioritas"), _("Prioritas diatur"),
         words=Words.NOTE),
    Move("name_systems", OPEN, None, HANDLERS, _("Tentukan sistem"), _("Sistem ditentukan"),
         words=Words.NOTE, step="2"),
    Move("merge", frozenset({State.REPORTED, State.RECEIVED, State.WAITING_REPORTER}) | AT_WORK,
         State.CANCELLED, HANDLERS, _("Gabungkan"), _("Digabungkan"),
         words=Words.NOTE, tells=TO_BOTH),
    Move("link", ANY, None, HANDLERS, _("Tautkan"), _("Ditautkan"), words=Words.NOTE,
         guarded=False),
)
ANALYSIS = (
    Move("start_analysis", frozenset({State.RECEIVED}), State.IN_ANALYSIS, ANALYST,
         _("Mulai analisis"), _("Analisis dimulai"),
         words=Words.NOTE, tells=TO_REPORTER, step="2"),
    Move("ask_reporter", frozenset({State.RECEIVED, State.DISPUTED}) | AT_WORK,
         State.WAITING_REPORTER, HANDLERS, _("Tanya pelapor"), _("Pelapor ditanya"),
         words=Words.TOLD, tells=TO_REPORTER, step="2"),
    Move("answer", frozenset({State.WAITING_REPORTER}), State.IN_ANALYSIS, REPORTER | HANDLERS,
         _("Jawab"), _("Pelapor menjawab"), words=Words.TOLD, tells=TO_HANDLERS, step="2"),
    Move("record_search", AT_WORK, None, ANALYST,
         _("Catat penelusuran"), _("Penelusuran dicatat"), words=Words.NOTE, step="3"),
    Move("inform_found", AT_WORK, State.FOUND, ANALYST,
         _("Beri tahu: data masih ada"), _("Data ditemukan masih ada"),
         needs=(Rule.SEARCHED,), words=Words.TOLD, tells=TO_REPORTER, step="4"),
    Move("choose_plan", AT_WORK, None, ANALYST,
         _("Pilih salinan dan rencana"), _("Rencana pemulihan dipilih"),
         words=Words.NOTE, step="4.1"),
    Move("resume", frozenset({State.FOUND, State.REFUSED, State.RESTORE_FAILED, State.DISPUTED}),
         State.IN_ANALYSIS, ANALYST, _("Analisis lagi"), _("Analisis dilanjutkan"),
         words=Words.NOTE, step="2"),
)
APPROVAL = (
    Move("request_approval", AT_WORK, State.WAITING_APPROVAL, ANALYST,
         _("Ajukan persetujuan"), _("Persetujuan diajukan"),
         needs=(Rule.SEARCHED, Rule.PLAN, Rule.SURVEYED, Rule.UNHINDERED, Rule.LETTER),
         words=Words.NOTE,
         tells=(Audience.APPROVERS, Audience.REPORTER), step="4.1"),
    Move("recall", frozenset({State.WAITING_APPROVAL, State.APPROVED}), State.IN_ANALYSIS,
         ANALYST, _("Tarik pengajuan"), _("Pengajuan ditarik"),
         words=Words.REASON, tells=(Audience.APPROVERS, Audience.EXECUTOR)),
    Move("approve", frozenset({State.WAITING_APPROVAL}), State.APPROVED, APPROVER,
         _("Setujui"), _("Disetujui"),
         needs=(Rule.FOUR_EYES, Rule.LETTER, Rule.PENDING, Rule.PLAN, Rule.PLAN_UNCHANGED),
         words=Words.NOTE,
         tells=(Audience.REPORTER, Audience.HANDLERS, Audience.EXECUTOR), step="4.1"),
    Move("send_back", frozenset({State.WAITING_APPROVAL}), State.RETURNED, APPROVER,
         _("Kembalikan"), _("Dikembalikan untuk diperbaiki"),
         needs=(Rule.FOUR_EYES,), words=Words.REASON, tells=TO_HANDLERS),
    Move("refuse", frozenset({State.WAITING_APPROVAL}), State.REFUSED, APPROVER,
         _("Tolak"), _("Ditolak"),
         needs=(Rule.FOUR_EYES,), words=Words.TOLD, tells=TO_BOTH),
    Move("expire", frozenset({State.WAITING_APPROVAL, State.APPROVED}), State.RETURNED, SYSTEM,
         _("Kedaluwarsa"), _("Persetujuan kedaluwarsa"),
         needs=(Rule.OVERDUE,), tells=(Audience.HANDLERS, Audience.APPROVERS)),
)
RESTORE = (
    Move("start_restore", frozenset({State.APPROVED, State.RESTORE_FAILED}), State.RESTORING,
         EXECUTOR, _("Mulai pemulihan"), _("Pemulihan dimulai"),
         needs=(Rule.APPROVAL_STANDS, Rule.PLAN, Rule.PLAN_UNCHANGED), words=Words.NOTE,
         tells=TO_REPORTER, step="4.1"),
    Move("settle_restored", frozenset({State.RESTORING}), State.RESTORED, SYSTEM,
         _("Selesai dipulihkan"), _("Pemulihan berhasil dan terbukti"),
         tells=TO_HANDLERS, step="4.1"),
    Move("settle_failed", frozenset({State.RESTORING}), State.RESTORE_FAILED, SYSTEM,
         _("Gagal dipulihkan"), _("Pemulihan gagal"),
         tells=(Audience.HANDLERS, Audience.EXECUTOR), step="4.1"),
    Move("settle_void", frozenset({State.RESTORING}), State.RETURNED, SYSTEM,
         _("Rencana batal"), _("Rencana batal: tujuannya berubah"),
         tells=(Audience.HANDLERS, Audience.EXECUTOR, Audience.APPROVERS), step="4.1"),
    Move("take_download", ANY, None, REPORTER, _("Unduh data"), _("Data diunduh"),
         tells=TO_HANDLERS, step="4.2", guarded=False),
    Move("verify", frozenset({State.RESTORED}), State.WAITING_CONFIRMATION, ANALYST,
         _("Nyatakan pulih, beri tahu pelapor"), _("Hasil diperiksa, pelapor diberi tahu"),
         needs=(Rule.NOT_EXECUTOR,), words=Words.TOLD, tells=TO_REPORTER, step="4.2"),
    Move("find_wrong", frozenset({State.RESTORED}), State.RESTORE_FAILED, ANALYST,
         _("Nyatakan tidak sesuai"), _("Hasil diperiksa dan tidak sesuai"),
         needs=(Rule.NOT_EXECUTOR,), words=Words.REASON,
         tells=(Audience.HANDLERS, Audience.EXECUTOR)),
)
CLOSING = (
    Move("confirm", ASKED, State.CONFIRMED, REPORTER | DESK,
         _("Ya, sudah sesuai"), _("Pelapor menyatakan sesuai"),
         words=Words.NOTE, tells=TO_HANDLERS, step="4.2"),
    Move("dispute", ASKED | {State.CONFIRMED}, State.DISPUTED, REPORTER | DESK,
         _("Belum sesuai"), _("Pelapor menyatakan belum sesuai"),
         words=Words.TOLD, tells=TO_HANDLERS, step="4.2"),
    Move("close", frozenset({State.CONFIRMED, State.REFUSED}), State.CLOSED, HANDLERS,
         _("Tutup kasus"), _("Kasus ditutup"), words=Words.NOTE, tells=TO_REPORTER),
    Move("lapse", ASKED, State.CLOSED, SYSTEM,
         _("Tutup tanpa jawaban"), _("Ditutup karena tidak ada jawaban"),
         needs=(Rule.SILENCE,), tells=TO_BOTH),
    Move("abandon", frozenset({State.REPORTED, State.WAITING_REPORTER}), State.CANCELLED, SYSTEM,
         _("Batalkan tanpa jawaban"), _("Dibatalkan karena tidak ada jawaban"),
         needs=(Rule.SILENCE,), tells=TO_BOTH),
    Move("cancel", OPEN - CARRIED_OUT, State.CANCELLED,
         REPORTER | HANDLERS, _("Batalkan"), _("Dibatalkan"),
         words=Words.TOLD, tells=TO_BOTH),
    Move("cannot_recover", AT_WORK | {State.REFUSED, State.RESTORE_FAILED, State.DISPUTED},
         State.CANNOT_RECOVER, ANALYST,
         _("Nyatakan tidak dapat dipulihkan"), _("Dinyatakan tidak dapat dipulihkan"),
         needs=(Rule.SEARCHED,), words=Words.TOLD, tells=TO_REPORTER, step="4.2"),
    Move("reopen", FINAL, State.IN_ANALYSIS, REPORTER | HANDLERS,
         _("Buka kembali"), _("Dibuka kembali"),
         needs=(Rule.CONFIRMED_REPORTER, Rule.NOT_MERGED, Rule.REOPEN_PERIOD),
         words=Words.TOLD, tells=TO_BOTH),
    Move("rate", frozenset({State.CLOSED, State.CANNOT_RECOVER}), None, REPORTER,
         _("Beri nilai"), _("Layanan dinilai"), needs=(Rule.NOT_RATED,), guarded=False),
)
TALK = (
    Move("add_note", ANY, None, WRITERS, _("Simpan catatan internal"), _("Catatan internal"),
         words=Words.REASON, guarded=False),
    Move("withdraw_note", ANY, None, WRITERS, _("Tarik catatan"), _("Catatan ditarik"),
         guarded=False),
    Move("reply", ANY, None, HANDLERS, _("Kirim ke pelapor"), _("Balasan dikirim"),
         words=Words.TOLD, tells=TO_REPORTER),
    Move("write", ANY - {State.WAITING_REPORTER}, None, REPORTER,
         _("Kirim pesan"), _("Pesan pelapor"), words=Words.TOLD, tells=TO_HANDLERS),
    Move("attach", OPEN, None, REPORTER | HANDLERS, _("Lampirkan berkas"), _("Berkas dilampirkan"),
         guarded=False),
    Move("give_letter", OPEN, None, REPORTER | HANDLERS,
         _("Kirim surat pengajuan"), _("Surat pengajuan diterima"), tells=TO_HANDLERS),
    Move("reject_letter", OPEN, None, HANDLERS,
         _("Tolak surat"), _("Surat pengajuan ditolak"),
         words=Words.TOLD, tells=TO_REPORTER),
)
# fmt: on

TABLE = INTAKE + ANALYSIS + APPROVAL + RESTORE + CLOSING + TALK
MOVES = {move.name: move for move in TABLE}
