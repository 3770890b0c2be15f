"""The mails, each written whole in both languages.

`{words}` are what a person wrote for the reader; everything else comes from the case. Nothing
internal has a place in the letters to reporters, and no name or address of staff either.
"""

from __future__ import annotations

from typing import NamedTuple


class Text(NamedTuple):
    """A mail's subject and body; the ticket's number goes before the subject."""

    subject: str
    body: str


class Both(NamedTuple):
    """The same mail in Indonesian and in English."""

    id: Text
    en: Text

    def in_language(self, language: str) -> Text:
        """Return it in `language`; in Indonesian where that is none of ours."""
        return self.en if language == "en" else self.id


GREETING = Both(
    Text("", "Assalamu'alaikum {name},\n\n"),
    Text("", "Dear {name},\n\n"),
)
TRACK = Both(
    Text("", "\n\nLihat perkembangannya: {link}\n"),
    Text("", "\n\nFollow your case: {link}\n"),
)
REPLY_LINE = Both(
    Text("", "\n-- Balas di atas garis ini. Jangan teruskan surel ini kepada orang lain. --\n"),
    Text("", "\n-- Reply above this line. Please do not forward this message. --\n"),
)
SIGNATURE = Both(
    Text("", "\nBPTI UHAMKA\n{help_line}\n"),
    Text("", "\nBPTI UHAMKA\n{help_line}\n"),
)

TO_REPORTER = {
    "file_report": Both(
        Text(
            "Laporan Anda kami terima",
            "Laporan Anda tentang “{subject}” tercatat dengan nomor {number}.\n"
            "Tanggapan pertama kami paling lambat {answer_by}. Mohon jangan mengubah atau mengisi "
            "lagi data yang bermasalah sampai kami hubungi.",
        ),
        Text(
            "We have your report",
            "Your report about “{subject}” is registered as {number}.\n"
            "You will hear from us by {answer_by} at the latest. Please do not change or enter "
            "anything in the affected data until we contact you.",
        ),
    ),
    "confirm_address": Both(
        Text(
            "Konfirmasi alamat Anda",
            "Kami menerima laporan “{subject}” atas nama alamat ini. Bila benar dari Anda, buka "
            "tautan berikut dan tekan Konfirmasi:\n\n{confirm_link}\n\n"
            "Bila bukan, abaikan saja: tanpa konfirmasi laporan itu tidak diproses.",
        ),
        Text(
            "Please confirm your address",
            "We received the report “{subject}” in the name of this address. If it is yours, open "
            "this link and press Confirm:\n\n{confirm_link}\n\n"
            "If not, ignore this message: nothing happens to a report that nobody confirms.",
        ),
    ),
    "send_link": Both(
        Text("Tautan lacak tiket Anda", "Ini tautan yang Anda minta untuk tiket {number}."),
        Text("Link to your case", "Here is the link that you asked for, for case {number}."),
    ),
    "accept": Both(
        Text(
            "Laporan Anda sedang ditangani",
            "Laporan Anda diterima petugas dan ditangani oleh {section}.",
        ),
        Text(
            "Your report is in hand",
            "Your report was received and is handled by {section}.",
        ),
    ),
    "start_analysis": Both(
        Text(
            "Data Anda sedang ditelusuri",
            "{section} mulai menganalisis laporan Anda dan menelusuri salinan datanya.",
        ),
        Text(
            "We are looking for your data",
            "{section} has begun to analyse your report and to search the copies of your data.",
        ),
    ),
    "ask_reporter": Both(
        Text(
            "Kami memerlukan jawaban Anda",
            "Untuk melanjutkan, kami perlu bertanya:\n\n{words}\n\n"
            "Waktu penanganan kami jeda sampai Anda menjawab.",
        ),
        Text(
            "We need an answer from you",
            "To go on, we need to ask you:\n\n{words}\n\n"
            "The time for your case is paused until you answer.",
        ),
    ),
    "inform_found": Both(
        Text(
            "Data Anda masih ada",
            "Data yang Anda laporkan ternyata masih ada:\n\n{words}\n\n"
            "Mohon periksa, lalu nyatakan sesuai atau belum pada halaman tiket Anda.",
        ),
        Text(
            "Your data are still there",
            "The data that you reported are still there:\n\n{words}\n\n"
            "Please look, then say on your case's page whether they are right.",
        ),
    ),
    "request_approval": Both(
        Text(
            "Pemulihan menunggu persetujuan",
            "Salinan data Anda sudah dipilih. Pemulihannya menunggu persetujuan pimpinan BPTI.",
        ),
        Text(
            "The restore awaits approval",
            "A copy of your data has been chosen. Its restore awaits approval by BPTI's head.",
        ),
    ),
    "approve": Both(
        Text("Pemulihan disetujui", "Pemulihan data Anda disetujui dan segera dilaksanakan."),
        Text("The restore is approved", "The restore of your data is approved and will follow."),
    ),
    "refuse": Both(
        Text("Pemulihan tidak disetujui", "Pemulihan data Anda tidak disetujui:\n\n{words}"),
        Text("The restore is not approved", "The restore was not approved:\n\n{words}"),
    ),
    "start_restore": Both(
        Text(
            "Data Anda sedang dipulihkan",
            "Pemulihan data Anda dimulai. Mohon jangan mengubah data itu sampai kami beri kabar.",
        ),
        Text(
            "Your data are being restored",
            "The restore has begun. Please leave the data unchanged until you hear from us.",
        ),
    ),
    "verify": Both(
        Text(
            "Mohon periksa: data Anda sudah kembali",
            "Data Anda sudah dipulihkan dan kami periksa:\n\n{words}\n\n"
            "Mohon Anda periksa juga, lalu nyatakan sesuai atau belum pada halaman tiket Anda.",
        ),
        Text(
            "Please check: your data are back",
            "Your data have been restored and checked:\n\n{words}\n\n"
            "Please check them too, then say on your case's page whether they are right.",
        ),
    ),
    "remind_reporter": Both(
        Text(
            "Giliran Anda",
            "Tiket “{subject}” masih menunggu Anda. Tanpa jawaban, tiket ditutup {lapse_at}; "
            "Anda tetap dapat membukanya kembali sesudah itu.",
        ),
        Text(
            "It is your turn",
            "The case “{subject}” is still waiting for you. Without an answer it closes on "
            "{lapse_at}; you can open it again after that.",
        ),
    ),
    "close": Both(
        Text(
            "Tiket Anda selesai",
            "Tiket ini selesai. Bila ternyata belum sesuai, buka kembali dari halaman tiket Anda.",
        ),
        Text(
            "Your case is closed",
            "This case is closed. If something is still wrong, open it again from its page.",
        ),
    ),
    "lapse": Both(
        Text(
            "Tiket ditutup tanpa jawaban",
            "Karena tidak ada kabar dari Anda, tiket ini kami tutup. Bila masih diperlukan, buka "
            "kembali dari halaman tiket Anda.",
        ),
        Text(
            "Closed without an answer",
            "As we heard nothing from you, this case was closed. If you still need it, open it "
            "again from its page.",
        ),
    ),
    "abandon": Both(
        Text(
            "Tiket dibatalkan",
            "Karena tidak ada jawaban, tiket ini dibatalkan. Bila masih diperlukan, buka kembali "
            "dari halaman tiket Anda atau buat laporan baru.",
        ),
        Text(
            "Case cancelled",
            "As no answer came, this case was cancelled. If you still need it, open it again from "
            "its page or make a new report.",
        ),
    ),
    "cancel": Both(
        Text("Tiket dibatalkan", "Tiket ini dibatalkan:\n\n{words}"),
        Text("Case cancelled", "This case was cancelled:\n\n{words}"),
    ),
    "merge": Both(
        Text(
            "Tiket digabung",
            "Laporan ini digabung dengan tiket Anda {merged_into} dan dilanjutkan di sana.",
        ),
        Text(
            "Case merged",
            "This report was joined with your case {merged_into} and goes on there.",
        ),
    ),
    "cannot_recover": Both(
        Text(
            "Data tidak dapat dipulihkan",
            "Dengan menyesal kami sampaikan bahwa data ini tidak dapat dipulihkan:\n\n{words}",
        ),
        Text(
            "The data cannot be recovered",
            "We are sorry to say that these data cannot be recovered:\n\n{words}",
        ),
    ),
    "reopen": Both(
        Text("Tiket dibuka kembali", "Tiket ini dibuka kembali:\n\n{words}"),
        Text("Case opened again", "This case was opened again:\n\n{words}"),
    ),
    "reply": Both(
        Text("Pesan dari BPTI", "{words}"),
        Text("A message from BPTI", "{words}"),
    ),
    "reject_letter": Both(
        Text(
            "Surat pengajuan perlu diperbaiki",
            "Surat pengajuan Anda belum dapat kami terima:\n\n{words}\n\n"
            "Mohon kirim yang baru dari halaman tiket Anda.",
        ),
        Text(
            "Your letter of request needs mending",
            "We cannot accept your letter of request yet:\n\n{words}\n\n"
            "Please send a new one from your case's page.",
        ),
    ),
}

TO_STAFF = {
    "moved": Both(
        Text("{done}: {subject}", "{done}.\n\n{words}\n\nKeadaan: {state}\nBuka: {link}\n"),
        Text("{done}: {subject}", "{done}.\n\n{words}\n\nState: {state}\nOpen: {link}\n"),
    ),
    "request_approval": Both(
        Text(
            "Menunggu persetujuan Anda: {subject}",
            "Sebuah pemulihan menunggu keputusan Anda paling lambat {expires_at}.\n\n"
            "Buka: {link}\n",
        ),
        Text(
            "Awaiting your approval: {subject}",
            "A restore awaits your decision by {expires_at} at the latest.\n\nOpen: {link}\n",
        ),
    ),
    "near": Both(
        Text(
            "Hampir lewat batas: {subject}",
            "{clock}: batasnya {due_at}.\nKeadaan: {state}\nBuka: {link}\n",
        ),
        Text(
            "Nearly late: {subject}",
            "{clock}: due {due_at}.\nState: {state}\nOpen: {link}\n",
        ),
    ),
    "late": Both(
        Text(
            "Lewat batas: {subject}",
            "{clock}: batasnya {due_at} sudah lewat.\nKeadaan: {state}\nBuka: {link}\n",
        ),
        Text(
            "Late: {subject}",
            "{clock}: was due {due_at}.\nState: {state}\nOpen: {link}\n",
        ),
    ),
}

IMMEDIATE = frozenset({"file_report", "confirm_address", "send_link"})  # the reader waits for it
REMINDERS = frozenset({"near", "late", "remind_reporter"})  # in working hours only
