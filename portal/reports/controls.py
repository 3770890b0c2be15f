"""Which page proves which requirement: ISO 9001:2015 and ISO/IEC 27001, for whoever audits.

Numbers of Annex A are those of 2022, with those of 2013 (which the SOP cites) beside them.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_noop


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place where the proof is seen: an address by name, and its word."""

    name: str
    word: str

    @property
    def href(self) -> str:
        """The page's address; empty where this portal has no such page."""
        try:
            return reverse(self.name)
        except NoReverseMatch:
            return ""


@dataclass(frozen=True, slots=True)
class Control:
    """One requirement: its number, its subject, how the portal meets it, where that is seen."""

    number: str
    subject: str
    met: str
    evidence: tuple[Evidence, ...]


def _seen(**pages: str) -> tuple[Evidence, ...]:
    return tuple(Evidence(name.replace("_", "-"), word) for name, word in pages.items())


TRAIL = {"jejak": gettext_noop("Jejak audit")}
SOURCES = {"cadangan": gettext_noop("Sumber")}
VAULTS = {"penyimpanan": gettext_noop("Penyimpanan")}
SYSTEMS = {"sistem": gettext_noop("Sistem")}
REPORTS = {"laporan": gettext_noop("Laporan")}
SOP = {"sop": gettext_noop("SOP")}
RECORDS = {"rekaman": gettext_noop("Rekaman")}
CASES = {"antrean": gettext_noop("Tiket")}
DRILLS = {"uji": gettext_noop("Uji pemulihan")}

QUALITY = (
    Control(
        "7.5.2, 7.5.3",
        gettext_noop("Informasi terdokumentasi"),
        gettext_noop(
            "Rekaman terbit disimpan dengan byte dan SHA-256-nya; revisi SOP lama tetap ada."
        ),
        _seen(**RECORDS, **SOP),
    ),
    Control(
        "8.2.1",
        gettext_noop("Komunikasi dengan pelanggan"),
        gettext_noop(
            "Setiap laporan bernomor, dapat dilacak, dan pelapor dikabari di tiap langkah."
        ),
        _seen(**CASES),
    ),
    Control(
        "8.5.1",
        gettext_noop("Pengendalian penyediaan layanan"),
        gettext_noop(
            "Langkah SOP dijalankan oleh tabel langkah yang sah; hanya itu yang dapat ditekan."
        ),
        _seen(**SOP, **CASES),
    ),
    Control(
        "8.5.2, 8.5.3",
        gettext_noop("Ketertelusuran dan milik pelanggan"),
        gettext_noop(
            "Salinan dikenal dengan id dan sidiknya; data pengguna tidak ditimpa sebelum terbukti."
        ),
        _seen(**SOURCES, **TRAIL),
    ),
    Control(
        "8.7, 10.2",
        gettext_noop("Ketidaksesuaian dan tindakan korektif"),
        gettext_noop(
            "Malam gagal, salinan rusak dan sistem mati membuka alarm yang tetap tercatat."
        ),
        _seen(**SOURCES, **SYSTEMS),
    ),
    Control(
        "9.1.1, 9.1.3",
        gettext_noop("Pemantauan, pengukuran, analisis"),
        gettext_noop("Tiga indikator SOP dihitung dari baris aslinya, tidak diketik."),
        _seen(**REPORTS),
    ),
    Control(
        "9.1.2",
        gettext_noop("Kepuasan pelanggan"),
        gettext_noop("Pelapor menyatakan sesuai atau menyanggah, dan menilai layanan."),
        _seen(**REPORTS),
    ),
    Control(
        "9.2",
        gettext_noop("Audit internal"),
        gettext_noop("Auditor membaca semuanya dan tidak mengubah apa pun; jejaknya dirantai."),
        _seen(**TRAIL),
    ),
)
SECURITY = (
    Control(
        "5.3 (A.6.1.2)",
        gettext_noop("Pemisahan tugas"),
        gettext_noop("Penyetuju bukan pelapor, penelusur, atau pelaksana; basis data menolaknya."),
        _seen(**CASES, **TRAIL),
    ),
    Control(
        "5.24–5.28 (A.16.1)",
        gettext_noop("Penanganan insiden"),
        gettext_noop("Kasus dari laporan sampai berita acara, dengan bukti yang bersidik."),
        _seen(**CASES, **RECORDS),
    ),
    Control(
        "5.29, 5.30 (A.17.1)",
        gettext_noop("Kesiapan dan kelangsungan"),
        gettext_noop("Pemulihan diuji terus-menerus dan waktunya diukur terhadap target."),
        _seen(**DRILLS, **REPORTS),
    ),
    Control(
        "5.33 (A.18.1.3)",
        gettext_noop("Perlindungan rekaman"),
        gettext_noop("Rekaman yang terbit tidak dirender ulang, diubah, atau dihapus."),
        _seen(**RECORDS),
    ),
    Control(
        "5.34 (A.18.1.4)",
        gettext_noop("Data pribadi"),
        gettext_noop("Rencana pemulihan menanyakan data yang dihapus atas permintaan pemiliknya."),
        _seen(**CASES),
    ),
    Control(
        "8.2, 8.3 (A.9.2.3, A.9.4.1)",
        gettext_noop("Hak istimewa dan akses"),
        gettext_noop(
            "Setiap halaman memakai satu aturan peran; tingkat web tidak dapat membuka salinan."
        ),
        _seen(**TRAIL),
    ),
    Control(
        "8.13 (A.12.3.1)",
        gettext_noop("Cadangan informasi"),
        gettext_noop("Setiap malam 00:00 WIB, dua tempat, dibuktikan utuh, dibaca ulang berkala."),
        _seen(**SOURCES, **VAULTS),
    ),
    Control(
        "8.14 (A.17.2.1)",
        gettext_noop("Redundansi dan ketersediaan"),
        gettext_noop("Sistem dilihat tiap lima menit; waktu hilang dihitung per bulan."),
        _seen(**SYSTEMS),
    ),
    Control(
        "8.15, 8.16 (A.12.4)",
        gettext_noop("Pencatatan dan pemantauan"),
        gettext_noop("Jejak audit dirantai dengan hash dan diperiksa tiap malam."),
        _seen(**TRAIL),
    ),
    Control(
        "8.24 (A.10.1)",
        gettext_noop("Kriptografi"),
        gettext_noop("Salinan terenkripsi, tiap sumber berkunci sendiri; kata sandi tersegel."),
        _seen(**VAULTS),
    ),
)
