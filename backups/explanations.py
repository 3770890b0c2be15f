"""What went wrong, in the words of the people who read it.

Errors carry an English sentence for the log; a page or a mail shows these words for its kind
and the sentence itself as the detail.
"""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from backups import anomaly_words
from backups.models import ANOMALIES, Alert, AlertKind

# error class -> what happened, what to do
ERRORS = {
    "SourceUnreachable": (
        gettext_noop("Sumber tidak menjawab."),
        gettext_noop("Pastikan server menyala dan dapat dijangkau dari mesin ini."),
    ),
    "SourceRefused": (
        gettext_noop("Sumber menolak: kata sandi, hak, atau nama basis datanya tidak cocok."),
        gettext_noop("Perbaiki alamat atau kredensial sumber, lalu uji sambungannya."),
    ),
    "DumpFailed": (
        gettext_noop("Salinan tidak utuh, jadi tidak dihitung."),
        gettext_noop("Lihat catatan di bawah; salinan malam sebelumnya tetap ada."),
    ),
    "VersionMismatch": (
        gettext_noop("Versi server lebih baru daripada alat di mesin ini."),
        gettext_noop("Pasang alat klien dengan versi utama yang sama dengan server."),
    ),
    "NoSpace": (
        gettext_noop("Disk penuh."),
        gettext_noop("Longgarkan disk itu; semua salinan lama tetap utuh."),
    ),
    "ToolMissing": (
        gettext_noop("Ada program yang belum terpasang di mesin ini."),
        gettext_noop("Jalankan manage.py doctor; ia menuliskan perintah pemasangannya."),
    ),
    "RepositoryMissing": (
        gettext_noop("Penyimpanan tidak ditemukan di tempatnya."),
        gettext_noop(
            "Pastikan disk atau media terpasang; jangan membuat penyimpanan baru di sana."
        ),
    ),
    "RepositoryLocked": (
        gettext_noop("Penyimpanan sedang dipakai proses lain."),
        gettext_noop("Tunggu sampai selesai; pencadangan dicoba lagi dengan sendirinya."),
    ),
    "WrongRepositoryPassword": (
        gettext_noop("Penyimpanan tidak terbuka dengan kunci yang dipegang portal."),
        gettext_noop("Kembalikan kuncinya dari lembar darurat."),
    ),
    "RepositoryDamaged": (
        gettext_noop("Isi penyimpanan rusak."),
        gettext_noop("Jalankan manage.py check_vaults --read-data; salinan lain masih ada."),
    ),
    "RepositoryError": (
        gettext_noop("Penyimpanan bermasalah."),
        gettext_noop("Lihat catatan di bawah; salinan lain tidak tersentuh."),
    ),
    "ProofFailed": (
        gettext_noop("Isi yang dimuat tidak sama dengan yang dicatat saat pencadangan."),
        gettext_noop("Uji malam lain dan periksa penyimpanannya; data hidup tidak tersentuh."),
    ),
    "RestoreFailed": (
        gettext_noop("Pemulihan tidak dapat dijalankan; data hidup tetap seperti semula."),
        gettext_noop("Perbaiki sebabnya di bawah ini, lalu pesan pemulihan lagi."),
    ),
    "PlanVoid": (
        gettext_noop("Tujuannya berubah sejak rencana dibuat, jadi rencana itu batal."),
        gettext_noop(
            "Lihat tujuannya sekali lagi dan buat rencana baru; tidak ada yang tersentuh."
        ),
    ),
    "TargetAway": (
        gettext_noop("Server tujuan tidak menjawab di tengah pemulihan."),
        gettext_noop(
            "Nyalakan server itu. Portal menanyainya setiap menit, lalu menyelesaikan atau"
            " mengembalikannya sendiri; jangan mengubah isinya dengan tangan."
        ),
    ),
    "TargetBusy": (
        gettext_noop("Tujuan itu sedang dipulihkan."),
        gettext_noop("Periksa lagi sesudah pemulihan itu selesai."),
    ),
    "SafetyCopyFailed": (
        gettext_noop("Keadaan sekarang tidak dapat disalin dulu, jadi tidak ada yang diganti."),
        gettext_noop("Perbaiki pencadangan sumber itu, atau pulihkan di samping."),
    ),
    "OrderRefused": (
        gettext_noop("Permintaan itu tidak dapat dijalankan sekarang."),
        gettext_noop("Lihat pemulihan sumber itu, lalu pesan lagi."),
    ),
    "PageUnreachable": (
        gettext_noop("Halaman sistem tidak menjawab."),
        gettext_noop("Pastikan servernya menyala dan dapat dijangkau dari mesin ini."),
    ),
    "PageNoAddress": (
        gettext_noop("Nama alamat sistem tidak ditemukan."),
        gettext_noop("Periksa DNS dan alamat web sistem di administrasi."),
    ),
    "PageCertificate": (
        gettext_noop("Sertifikat halaman sistem tidak sah, jadi peramban menolaknya."),
        gettext_noop("Perbarui sertifikatnya; orang melihat peringatan sampai itu selesai."),
    ),
    "PageFault": (
        gettext_noop("Halaman sistem menjawab dengan kesalahan."),
        gettext_noop("Lihat catatan aplikasi di servernya."),
    ),
    "CannotUnseal": (
        gettext_noop("Kata sandi sumber tidak dapat dibuka."),
        gettext_noop("Kembalikan kunci pekerja dari lembar darurat, atau isi ulang kata sandinya."),
    ),
    "WorkerLost": (
        gettext_noop(
            "Pekerja berhenti di tengah jalan; tidak ada yang dihitung dari percobaan ini."
        ),
        gettext_noop("Malam yang terputus dimulai lagi dengan sendirinya."),
    ),
    "Cancelled": (gettext_noop("Dibatalkan."), gettext_noop("Mulai lagi kapan saja.")),
}
OURS = (
    gettext_lazy("Portal sendiri yang keliru."),
    gettext_lazy("Laporkan kepada pengelola portal; salinan lama tidak tersentuh."),
)


def explain(error_kind: str) -> tuple[str, str]:
    """Return what happened and what to do, in the reader's language."""
    if error_kind not in ERRORS:
        return str(OURS[0]), str(OURS[1])
    happened, advice = ERRORS[error_kind]
    return _(happened), _(advice)


def alert_headline(alert: Alert) -> str:
    """Return the alarm as one sentence that names the source or the vault."""
    if alert.kind in ANOMALIES:
        return anomaly_words.headline(alert.kind, str(alert.source), alert.facts)
    words = {
        AlertKind.RUN_FAILED: _("%(source)s tidak tersalin"),
        AlertKind.NIGHT_LATE: _("Malam %(source)s dibuka terlambat"),
        AlertKind.NIGHT_MISSED: _("%(source)s melewati batas umur salinan"),
        AlertKind.COPY_OWED: _("%(source)s belum tersalin ke %(vault)s"),
        AlertKind.RETENTION_REFUSED: _("Malam lama %(source)s tidak dirapikan"),
        AlertKind.VAULT_DAMAGED: _("%(vault)s rusak pada %(source)s"),
        AlertKind.DRILL_FAILED: _("Salinan %(source)s tidak terbukti pulih"),
        AlertKind.UNREACHABLE: _("%(target)s tidak terjangkau"),
        AlertKind.WORKER_LOST: _("Pekerja portal tidak terdengar"),
    }
    names = {"source": alert.source, "vault": alert.vault, "target": alert.source or alert.system}
    return words[AlertKind(alert.kind)] % names


def alert_detail(alert: Alert) -> str:
    """Return what is behind the alarm and what to do, in the reader's language."""
    if alert.kind in ANOMALIES:
        return anomaly_words.detail(alert.kind, alert.facts)
    if kind := alert.facts.get("error_kind"):
        return " ".join(explain(kind))
    words = {
        AlertKind.NIGHT_LATE: _("Portal tidak berjalan saat 00:00 WIB; malam itu disusulkan."),
        AlertKind.NIGHT_MISSED: _("Belum ada salinan baik yang cukup baru. Lihat sumbernya."),
        AlertKind.RETENTION_REFUSED: _("Jam server atau salinan terbaru perlu diperiksa dahulu."),
        AlertKind.VAULT_DAMAGED: _("Jangan menulis ke sana; salinan lain masih ada."),
        AlertKind.WORKER_LOST: _("Jalankan lagi layanan pekerja, lalu manage.py doctor."),
    }
    return words.get(AlertKind(alert.kind), "")
