"""Words from which the demonstration's people, courses and books are made up. Nobody is meant."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _words("""
    Adelia Aditya Agung Aisyah Alya Amelia Andika Anggita Annisa Arif Arum Aulia Ayu Bagas Bayu
    Bima Bunga Cahya Candra Citra Damar Daniswara Dewi Dian Dimas Dinda Dwi Eka Elang Elok Endah
    Fajar Farah Fauzan Fitria Galih Gilang Hana Hanif Haris Hasna Ilham Indah Intan Irfan Jati
    Jihan Kirana Krisna Laila Laras Lintang Lukman Maharani Mega Melati Mentari Mira Nadia
    Naufal Nisa Nur Nurul Panji Pandu Permata Prasetya Putri Rafi Rahma Raka Ratih Reza Rina
    Rizky Salma Sari Satria Sekar Selma Sinta Surya Tegar Tiara Tirta Utami Vina Wahyu Wening
    Wulan Yasmin Yoga Yudha Yunita Zahra Zaki
""")
LAST_NAMES = _words("""
    Abimanyu Adiwijaya Anggraini Apsari Ardhana Arkananta Aryasatya Bagaskara Baskoro Cahyadi
    Danurdara Dewangga Ekaputra Gunawira Hadinata Handaru Hapsari Hardjanto Indraswari
    Jayengrana Kusumajati Lazuardi Lesmana Maheswara Mahardika Mandalika Mulyadinata Nararya
    Nirmala Nugraheni Padmasari Palastri Pambayun Paramita Pradipta Prameswari Pranawa
    Purbaningrum Purnamasari Puspitaloka Rahayuningtyas Rajendra Ranggawuni Rinjani Saraswati
    Satyanegara Sekarwangi Setiabudi Sukmajaya Suryaningrat Tirtayasa Wanasastra Wardhani
    Wicaksana Widyadhana Wijayanti Wiradikarta Wisanggeni Yudistira
""")
TOWNS = _words("""
    Jakarta Bogor Depok Tangerang Bekasi Serang Cilegon Sukabumi Bandung Cirebon Tegal Semarang
    Solo Yogyakarta Kediri Malang Surabaya Padang Palembang Lampung Pontianak Banjarmasin
    Makassar Kendari Mataram Kupang Ambon Ternate
""")

# code, name, and its study programmes
FACULTIES = (
    ("FKIP", "Keguruan dan Ilmu Pendidikan", ("Pendidikan Matematika", "Pendidikan Bahasa Inggris",
     "Pendidikan Biologi", "Pendidikan Guru Sekolah Dasar")),
    ("FEB", "Ekonomi dan Bisnis", ("Manajemen", "Akuntansi", "Ekonomi Islam")),
    ("FT", "Teknologi Industri dan Informatika", ("Teknik Informatika", "Teknik Elektro",
     "Teknik Mesin", "Sistem dan Teknologi Informasi")),
    ("FFS", "Farmasi dan Sains", ("Farmasi", "Analis Kesehatan")),
    ("FIKES", "Ilmu-Ilmu Kesehatan", ("Kesehatan Masyarakat", "Ilmu Gizi")),
    ("FISIP", "Ilmu Sosial dan Ilmu Politik", ("Ilmu Komunikasi",)),
    ("FPSI", "Psikologi", ("Psikologi",)),
    ("FAI", "Agama Islam", ("Pendidikan Agama Islam", "Perbankan Syariah")),
)  # fmt: skip
COURSE_KINDS = (
    "Pengantar", "Dasar-Dasar", "Metodologi", "Teori", "Praktikum", "Seminar", "Kapita Selekta",
    "Manajemen", "Etika", "Statistika untuk", "Sejarah", "Perencanaan",
)  # fmt: skip
GENERAL_COURSES = (
    "Kemuhammadiyahan", "Pancasila", "Kewarganegaraan", "Bahasa Indonesia", "Bahasa Inggris",
    "Al-Islam", "Kewirausahaan", "Literasi Data", "Kuliah Kerja Nyata", "Tugas Akhir",
)  # fmt: skip
BOOK_OPENINGS = (
    "Pengantar", "Dasar-Dasar", "Memahami", "Praktik", "Teori dan Terapan", "Kamus Kecil",
    "Panduan Lengkap", "Kumpulan Soal", "Sejarah Singkat", "Studi Kasus",
)  # fmt: skip
BOOK_SUBJECTS = (
    "Aljabar Linear", "Basis Data", "Jaringan Komputer", "Kimia Farmasi", "Akuntansi Biaya",
    "Gizi Masyarakat", "Psikologi Perkembangan", "Komunikasi Massa", "Ekonomi Syariah",
    "Evaluasi Pembelajaran", "Mekanika Fluida", "Botani Tropis", "Tafsir Tematik",
    "Epidemiologi", "Pemrograman Web", "Manajemen Rantai Pasok", "Fonologi", "Statistika Terapan",
)  # fmt: skip
PUBLISHERS = (
    "Penerbit Lentera Ilmu",
    "Pustaka Cendana",
    "Tiga Serai",
    "Rumah Aksara",
    "Bumi Widya",
)
TASK_NAMES = ("Kuis", "Tugas Mandiri", "Tugas Kelompok", "Laporan", "Proyek", "Refleksi")
POST_SENTENCES = (
    "Apakah berkas tugas boleh dikumpulkan dalam bentuk foto?",
    "Terima kasih, penjelasan pertemuan kemarin sangat membantu.",
    "Saya belum dapat membuka materi pekan ini.",
    "Kelompok kami memilih topik ketiga, mohon persetujuannya.",
    "Nilai kuis sudah muncul, tetapi umpan baliknya belum ada.",
    "Jadwal presentasi bergeser ke hari Kamis, pukul 13.00.",
)
PASSWORD_WORDS = _words("""
    angin awan bambu batu bintang bukit bulan cemara damai danau embun fajar garam gunung hujan
    hutan jambu jeruk kabut kapas kayu kelapa kenari kerang kolam kopi kunyit langit laut lebah
    lembah madu manggis matahari melati mendung merpati mutiara nanas nelayan ombak padi pagi
    pala pandan pasir pelangi perahu pulau rotan rumput sagu salak samudra senja serai subuh
    sungai tanjung teluk teratai timur
""")
