"""The nouns of a case. Labels live here, marked for the translators; pages translate them."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


def _(words: str) -> str:
    """Mark words for the translators (makemessages finds them); pages translate them."""
    return words


class Named(StrEnum):
    """A value with a label for people."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


class Meaning(Named):
    """What a state asks of the desk: with lateness, all that a queue must show."""

    ACTION = "action", _("Perlu tindakan")
    PAUSED = "paused", _("Menunggu")
    DONE = "done", _("Selesai")


class State(StrEnum):
    """Where a case stands: `label` for staff, `seen` for its reporter."""

    label: str
    seen: str
    meaning: Meaning

    def __new__(
        cls, value: str, label: str = "", seen: str = "", meaning: Meaning = Meaning.ACTION
    ) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label, member.seen, member.meaning = label, seen, meaning
        return member

    REPORTED = "reported", _("Baru"), _("Diterima"), Meaning.ACTION
    RECEIVED = "received", _("Diterima"), _("Diterima"), Meaning.ACTION
    IN_ANALYSIS = "in_analysis", _("Dianalisis"), _("Sedang ditelusuri"), Meaning.ACTION
    WAITING_REPORTER = (
        "waiting_reporter",
        _("Menunggu pelapor"),
        _("Menunggu jawaban Anda"),
        Meaning.PAUSED,
    )
    FOUND = "found", _("Data masih ada"), _("Data ditemukan"), Meaning.PAUSED
    WAITING_APPROVAL = (
        "waiting_approval",
        _("Menunggu persetujuan"),
        _("Menunggu persetujuan"),
        Meaning.ACTION,
    )
    RETURNED = "returned", _("Dikembalikan"), _("Sedang ditelusuri"), Meaning.ACTION
    REFUSED = "refused", _("Ditolak"), _("Tidak disetujui"), Meaning.ACTION
    APPROVED = "approved", _("Disetujui"), _("Pemulihan disetujui"), Meaning.ACTION
    RESTORING = "restoring", _("Sedang dipulihkan"), _("Sedang dipulihkan"), Meaning.PAUSED
    RESTORED = "restored", _("Dipulihkan, belum diperiksa"), _("Diperiksa"), Meaning.ACTION
    RESTORE_FAILED = (
        "restore_failed",
        _("Pemulihan gagal"),
        _("Sedang ditelusuri"),
        Meaning.ACTION,
    )
    WAITING_CONFIRMATION = (
        "waiting_confirmation",
        _("Menunggu konfirmasi"),
        _("Mohon Anda periksa"),
        Meaning.PAUSED,
    )
    CONFIRMED = "confirmed", _("Dinyatakan sesuai"), _("Dinyatakan sesuai"), Meaning.ACTION
    DISPUTED = "disputed", _("Disanggah"), _("Sedang diperiksa kembali"), Meaning.ACTION
    CLOSED = "closed", _("Selesai"), _("Selesai"), Meaning.DONE
    CANCELLED = "cancelled", _("Dibatalkan"), _("Dibatalkan"), Meaning.DONE
    CANNOT_RECOVER = (
        "cannot_recover",
        _("Tidak dapat dipulihkan"),
        _("Tidak dapat dipulihkan"),
        Meaning.DONE,
    )


FINAL = frozenset(state for state in State if state.meaning is Meaning.DONE)


class Standing(Named):
    """What somebody is to one case: its reporter, its executor, or what their role makes them."""

    REPORTER = "reporter", _("Pelapor kasus ini")
    FRONT_DESK = "front_desk", _("Petugas layanan")
    ANALYST = "analyst", _("Analis")
    EXECUTOR = "executor", _("Pelaksana menurut rencana")
    APPROVER = "approver", _("Penyetuju")
    AUDITOR = "auditor", _("Auditor")
    SYSTEM = "system", _("Portal")


class Rule(Named):
    """What must be true besides state and standing; the label says what is missing."""

    CONFIRMED_REPORTER = "confirmed_reporter", _("Alamat email pelapor belum dikonfirmasi.")
    UNCONFIRMED_REPORTER = "unconfirmed_reporter", _("Alamat email pelapor sudah dikonfirmasi.")
    SEARCHED = "searched", _("Belum ada hasil penelusuran pada kasus ini.")
    LETTER = "letter", _("Surat pengajuan yang ditandatangani belum ada.")
    PLAN = "plan", _("Rencana pemulihan belum ada, atau salinannya tidak lagi tersedia.")
    SURVEYED = "surveyed", _("Tujuan rencana ini masih diperiksa; tunggu sebentar, lalu ajukan.")
    UNHINDERED = (
        "unhindered",
        _("Pemulihan ini masih terhalang di tujuannya; lihat hasil pemeriksaan tujuan."),
    )
    FOUR_EYES = (
        "four_eyes",
        _("Anda tidak dapat memutuskan: Anda pelapor, penelusur, atau pelaksana kasus ini."),
    )
    PENDING = "pending", _("Permintaan persetujuan ini sudah kedaluwarsa.")
    PLAN_UNCHANGED = "plan_unchanged", _("Rencana berubah sejak diajukan; persetujuannya batal.")
    APPROVAL_STANDS = "approval_stands", _("Tidak ada persetujuan yang masih berlaku.")
    OVERDUE = "overdue", _("Batas waktu persetujuan belum lewat.")
    NOT_EXECUTOR = "not_executor", _("Pemeriksa hasil tidak boleh pelaksana pemulihannya.")
    SILENCE = "silence", _("Masa tunggu pelapor belum lewat.")
    REOPEN_PERIOD = "reopen_period", _("Masa buka kembali sudah lewat; buatlah laporan baru.")
    NOT_MERGED = "not_merged", _("Kasus ini sudah digabung ke kasus lain.")
    NOT_RATED = "not_rated", _("Penilaian sudah diberikan.")


class Words(Named):
    """What must be written for a move, and who will read it."""

    NONE = "none", ""
    NOTE = "note", _("Catatan internal (opsional)")
    REASON = "reason", _("Alasan (wajib, hanya dibaca petugas)")
    TOLD = "told", _("Pesan (wajib, dibaca pelapor)")

    @property
    def required(self) -> bool:
        """Whether the move is refused without them."""
        return self in {Words.REASON, Words.TOLD}


class Audience(Named):
    """Who is told of a move; whoever makes it is not told of it."""

    REPORTER = "reporter", _("Pelapor")
    HANDLERS = "handlers", _("Petugas kasus, atau seksinya")
    APPROVERS = "approvers", _("Penyetuju")
    EXECUTOR = "executor", _("Pelaksana")
