"""The first revision, word for word as BPTI issued it on 11 January 2020."""

from __future__ import annotations

from datetime import UTC, date, datetime

from portal.sop.models import Revision

ISSUED = datetime(2020, 1, 10, 17, tzinfo=UTC)  # 00:00 WIB of that day

FIRST = {
    "number": "1.0",
    "dated": date(2020, 1, 11),
    "scope": """\
Prosedur kegiatan Backup data ini meliputi kegiatan pengamanan penyimpanan data dari server database di lingkungan BPTI UHAMKA.
Prosedur kegiatan ini mencakup penyimpanan ulang (restore) data yang diambil dari data cadangan hasil backup sebelumnya, karena terjadi kerusakan atau kehilangan data.""",  # noqa: E501
    "aims": """\
Menjamin keamanan penyimpanan data apabila server utama terjadi kerusakan.
Mengembalikan data utama ke server yang mengalami kerusakan atau kehilangan data.""",
    "parties": "BPTI dan Pengguna",
    "basis": """\
Renstra Universitas.
Pengajuan Layanan dari Pengguna.""",
    "references": """\
Standard. International ISO 9001:2015 : Quality Management Systems
Standard. International ISO 27001:2013 : Quality Management Systems.
Peraturan Universitas dan BPTI.""",
    "definitions": """\
SOP Backup data dan restore data | Prosedur yang digunakan untuk menyimpan data server dan mengembalikan data server apabila terjadi kerusakan data pada server.
BPTI | Badan Pengembangan Teknologi Informasi UHAMKA, pelaksana prosedur kegiatan backup data dan restore data.
Pengguna | User yang menggunakan Sistem Informasi dan layanan IT.
Renstra Universitas | Rencana Strategi tingkat Universitas di lingkungan UHAMKA sebagai acuan kinerja lembaga atau unit kerja di UHAMKA.
SOP | Prosedur operasi standar yang menjelaskan tahapan dalam melakukan setiap aktivitas dan pada umumnya berkaitan dengan departemen lain dalam aktivitas tersebut.
UHAMKA | Universitas Muhammadiyah Prof. DR. HAMKA.
Bagian YANSI | Pelayanan dan Informasi.
Bagian WDM | Website dan Multimedia.
Bagian JDS | Jaringan dan Server.
Bagian ADD | Aplikasi dan Database.""",  # noqa: E501
    "backup_steps": """\
BPTI mengkonfigurasi server untuk melakukan Backup otomatis 1x24 Jam (Setiap Jam 00:00 WIB).
Data tersimpan otomatis pada disk local server.
Data yang tersimpan di file hasil backup otomatis di transfer ke media internal""",
    "restore_steps": """\
Pengguna mengadakan pelaporan kerusakan atau kehilangan data.
BPTI menerima pengaduan dan menganalisa.
BPTI melakukan proses pencarian data yang rusak atau hilang.
Apabila data tersebut masih ada, maka BPTI menginformasikan kepada pengguna.
  Apabila data tersebut telah hilang atau rusak, BPTI melakukan restore data, menggunakan data backup data terbaru.
  BPTI memberi informasi ke pengguna data sudah kembali normal.""",  # noqa: E501
    "records": """\
Disesuaikan dengan Lembaga/Unit Kerja | Surat Pengajuan
BA-01/BPTI/2020 | Berita acara
No. Tiket (Automatically Created) | Rekaman permintaan (nomor tiket)""",
    "signers": """\
Disusun | Nofiar Hadi, S.T | Kabag. Aplikasi dan Database |
Diperiksa | Erizal, S.Kom, M.Kom | Ka. BPTI |
Disetujui | Dr. Zamah Sari, M.Ag | Wakil Rektor II |
Disahkan | Prof. Dr. H. Gunawan Suryoputro, M.Hum | Rektor |""",
    "change": "Awal Dikeluarkan",
    "approved_by": "Rektor",
}


def seed() -> bool:
    """Put the first revision where there is none at all; say whether it was put there."""
    if Revision.objects.exists():
        return False
    Revision.objects.create(**FIRST, issued_at=ISSUED)
    return True
