"""What the desk refuses, and why: a short family whose sentences stand on the page.

The sentences are Indonesian and marked for the translators; whoever shows one translates it and
fills in `figures`. Nothing here was changed when one of these is raised: actions are all or
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


def _(words: str) -> str:
    """Mark words for the translators (makemessages finds them); pages translate them."""
    return words


class DeskError(Exception):
    """Something that the desk refuses. `figures` fill the places in `sentence`."""

    sentence = _("Permintaan ini tidak dapat dijalankan.")

    def __init__(self, **figures: Any) -> None:
        super().__init__(self.sentence % figures)
        self.figures = figures


class NotYours(DeskError):
    """This person has no part in this case that would allow it."""

    sentence = _("Anda tidak berwenang melakukan ini pada kasus ini.")


class NotNow(DeskError):
    """The case stands where this move does not begin: somebody was quicker, or it is over."""

    sentence = _("Kasus ini sedang “%(state)s”; langkah itu tidak berlaku di sini.")


class NotReady(DeskError):
    """The person may, but something is still missing; `missing` are the rules' sentences."""

    sentence = _("Belum dapat dilakukan: %(missing)s")

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(missing=" ".join(missing))
        self.missing = missing


class RestoreRefused(DeskError):
    """The restore that the plan says cannot be ordered now; the case stays where it was."""

    sentence = _("Pemulihan belum dapat dimulai: %(reason)s")


class WordsMissing(DeskError):
    """The move must be explained and was not."""

    sentence = _("Tuliskan alasan atau keterangannya.")


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody else did meanwhile: who, which move, when, and the words if they are open."""

    who: str
    move: str
    at: datetime
    words: str = ""


class Conflict(DeskError):
    """The case is no longer as the page showed it. `changes` tell what happened since.

    The page keeps what was typed, shows the changes, and sends it again with `version`.
    """

    sentence = _("Kasus ini berubah sejak Anda membukanya; yang Anda ketik tidak hilang.")

    def __init__(self, changes: tuple[Change, ...], *, state: str, version: int) -> None:
        super().__init__()
        self.changes = changes
        self.state = state
        self.version = version


class Incomplete(DeskError):
    """Answers are missing or cannot be; `fields` maps each to its sentence."""

    sentence = _("Ada jawaban yang perlu diperbaiki.")

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__()
        self.fields = dict(fields)


class TooManyUnconfirmed(DeskError):
    """An address nobody confirmed already has as many reports as one may have."""

    sentence = _(
        "Sudah ada %(limit)s laporan dari alamat ini yang belum dikonfirmasi. Buka email "
        "konfirmasinya lebih dahulu, atau hubungi loket BPTI."
    )


class WrongPerson(DeskError):
    """Somebody is named for a part that they may not have."""

    sentence = _("%(name)s tidak dapat menjalankan bagian itu.")


class WrongCase(DeskError):
    """The other case does not fit: for merging it must be open, and of the same reporter."""

    sentence = _("Hanya kasus terbuka dari pelapor yang sama yang dapat digabung.")


class NoteKept(DeskError):
    """A note can no longer be withdrawn, or is somebody else's."""

    sentence = _("Catatan hanya dapat ditarik oleh penulisnya dalam %(minutes)s menit.")


class LetterScanMissing(DeskError):
    """A letter needs a scan that is attached to the same case and may be opened."""

    sentence = _("Unggah pindaian surat yang sudah ditandatangani.")


class CopyGone(DeskError):
    """The copy cannot be restored from any vault."""

    sentence = _("Salinan ini tidak lagi tersimpan; pilih salinan lain.")


class BadNumber(DeskError):
    """This is no ticket number."""

    sentence = _("“%(text)s” bukan nomor tiket. Contoh yang benar: DT-2026-000123-7.")


class MistypedNumber(BadNumber):
    """It has the shape of a number, but its check digit says that a digit is wrong."""

    sentence = _("Ada angka yang salah ketik pada “%(text)s”. Periksa kembali nomor tiket Anda.")


class FileRefused(DeskError):
    """A file that is not taken in; the subclasses say why."""

    sentence = _("Berkas “%(name)s” tidak dapat diterima.")


class FileTooLarge(FileRefused):
    sentence = _("Berkas “%(name)s” terlalu besar; paling besar %(limit)s MB.")


class TooManyFiles(FileRefused):
    sentence = _("Paling banyak %(limit)s berkas untuk satu tiket.")


class FileEmpty(FileRefused):
    sentence = _("Berkas “%(name)s” kosong.")


class FileKindRefused(FileRefused):
    sentence = _(
        "Jenis berkas “%(name)s” tidak diterima. Kirim PDF, gambar, teks, atau dokumen kantor."
    )


class FileNotWhatItSays(FileRefused):
    sentence = _("Isi berkas “%(name)s” tidak sesuai dengan namanya.")


class ImageBroken(FileRefused):
    sentence = _("Gambar “%(name)s” tidak dapat dibaca.")


class RecordMoved(DeskError):
    """The record is no longer as the page showed it: somebody was quicker."""

    sentence = _("Berita acara ini sudah berubah sejak Anda membukanya; periksa keadaannya.")


class RecordNotReady(DeskError):
    """A record of this kind cannot be made of the case yet; `missing` says what it needs."""

    sentence = _("Belum dapat dibuat: %(missing)s")


class NotYourTurn(DeskError):
    """This signature is not asked of this person, or not yet."""

    sentence = _("Belum giliran Anda menandatangani, atau tanda tangan ini bukan milik Anda.")


class NoSeal(DeskError):
    """Signing in the portal needs the institution's certificate, and there is none that counts."""

    sentence = _(
        "Tanda tangan elektronik tidak tersedia: %(why)s Tanda tangan basah tetap dapat dipakai."
    )


class ScanRefused(DeskError):
    """A scan of the signed paper that is no PDF or picture."""

    sentence = _("Unggah pindaian berupa PDF, JPG, atau PNG, paling besar %(limit)s MB.")
