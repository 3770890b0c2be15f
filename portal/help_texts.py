"""What the guides say: short parts, each a few steps and the name of its picture."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a guide: its key in the address, its title, its steps, its picture's name."""

    key: str
    title: Promise
    steps: tuple[Promise, ...]
    picture: str = ""


PARTS: dict[str, tuple[Part, ...]] = {
    "pelapor": (
        Part(
            "melapor",
            _("Melapor"),
            (
                _("Berhenti mengisi di tempat itu: data baru dapat menimpa yang lama."),
                _("Pilih Laporkan data hilang di beranda dan jawab satu per satu."),
                _("“Saya tidak tahu” boleh dijawab; jawaban tersimpan di setiap langkah."),
                _("Periksa jawaban, lalu kirim. Nomor tiket dikirim juga ke email Anda."),
            ),
            "lapor",
        ),
        Part(
            "melacak",
            _("Melacak dan menjawab"),
            (
                _("Buka tautan di email, atau Lacak tiket dengan nomor dan email Anda."),
                _("Yang menunggu Anda tampil paling atas, misalnya pertanyaan petugas."),
                _("Bila diminta memeriksa, buka datanya dahulu, lalu pilih sesuai atau belum."),
                _("Perubahan sesudah salinan malam terakhir mungkin tidak dapat kembali."),
            ),
            "lacak",
        ),
        Part(
            "mengunduh",
            _("Mengunduh data Anda"),
            (
                _("Buka tautan di email kami; kuncinya ikut di situ dan tidak ada di tempat lain."),
                _("Punya akun? Masuklah dahulu, lalu buka lagi tautan di email itu."),
                _("Hanya dapat diunduh satu kali. Bila terputus di tengah, coba lagi."),
                _("Mulailah dari README.txt di dalam arsipnya; tabel dibuka dengan Excel."),
                _("Email hilang atau masanya habis? Tulis pesan; kami buatkan yang baru."),
            ),
        ),
        Part(
            "surat",
            _("Surat pengajuan dan berkas"),
            (
                _("Penelusuran berjalan tanpa surat; pemulihan disetujui sesudah suratnya ada."),
                _("Tekan Siapkan surat di halaman tiket: portal mengisinya dari laporan Anda."),
                _("Cetak, beri nomor unit, tanda tangani, lalu unggah pindaian atau fotonya."),
                _("Surat buatan unit sendiri sama baiknya."),
                _("Berkas: PDF, gambar, teks, dokumen kantor; paling besar 10 MB, diperiksa dulu."),
            ),
        ),
        Part(
            "akun",
            _("Bila akun Anda yang rusak, dan batas waktu"),
            (
                _("Lapor tanpa masuk, dengan alamat email yang dapat Anda buka."),
                _("Buka tautan yang kami kirim dan tekan Konfirmasi; lalu laporan diproses."),
                _("Laporan yang belum selesai dapat diteruskan selama 30 hari."),
                _("Tanpa jawaban kami mengingatkan, lalu menutup tiket; lihat tanggalnya di sana."),
                _("Tiket yang ditutup dapat dibuka kembali dalam sepuluh hari kerja."),
            ),
        ),
    ),
    "layanan": (
        Part(
            "kasus",
            _("Dari laporan masuk sampai didisposisikan"),
            (
                _("Buka Tiket, pilih Belum ditugaskan, ambil yang paling dekat batasnya."),
                _("Terima laporan; jam tanggapan berhenti saat itu."),
                _("Nilai dampak dan urgensi: prioritas dan batas waktu mengikutinya."),
                _("Disposisikan ke seksi yang memegang sistemnya."),
                _("Catatan internal berbingkai putus-putus; pelapor tidak membacanya."),
            ),
            "tiket",
        ),
        Part(
            "loket",
            _("Melaporkan untuk orang lain"),
            (
                _("Pilih Catat laporan bila orang datang ke loket atau menelepon."),
                _("Isi nama dan emailnya; ia menerima nomor dan tautan yang sama."),
            ),
        ),
    ),
    "analis": (
        Part(
            "menelusuri",
            _("Menelusuri"),
            (
                _("Ketik nama tabel atau berkas di Pencarian; setiap malam dicari sekaligus."),
                _("Garis waktu objek menunjukkan kapan ia hilang dan kapan ia berubah."),
                _("Catat hasilnya pada kasus: tanpa itu persetujuan tidak dapat diajukan."),
            ),
            "pencarian",
        ),
        Part(
            "membandingkan",
            _("Membandingkan dengan yang ada sekarang"),
            (
                _("Buka sumbernya, pilih malam, lalu Bandingkan; malam itu dimuat di tempat lain."),
                _("Baris yang hilang, berubah, dan baru tampil terpisah dan dapat dipilih."),
            ),
            "sumber",
        ),
        Part(
            "memulihkan",
            _("Memulihkan"),
            (
                _("Pilih salinan dan tujuan; bawaannya di samping yang ada."),
                _("Baca hasil pemeriksaan tujuan pada kasus; selesaikan dulu yang menghalangi."),
                _("Ajukan persetujuan. Anda tidak dapat menyetujui kasus Anda sendiri."),
                _("Sesudah disetujui, mulai pemulihan: salinan pengaman dibuat lebih dahulu."),
                _("Isi dibuktikan sebelum ditukar; yang lama dapat dikembalikan sekali tekan."),
            ),
        ),
        Part(
            "unduhan",
            _("Memberi unduhan"),
            (
                _("Pilih tujuan Unduhan bagi pelapor bila datanya tidak perlu masuk ke sistem."),
                _("Penyetuju membaca kepada siapa data itu diberikan; yang hidup tidak disentuh."),
                _("Kuncinya hanya di email kepada pelapor; kita sendiri tidak dapat membukanya."),
                _("Emailnya hilang? Di halaman pemulihannya: Buat ulang dengan kunci baru."),
            ),
        ),
    ),
    "penyetuju": (
        Part(
            "memutuskan",
            _("Memutuskan"),
            (
                _("Buka Persetujuan; satu halaman untuk satu keputusan."),
                _("Baca apa yang ditimpa, umur salinannya, dan apa yang hilang di antaranya."),
                _("Setujui, kembalikan untuk diperbaiki, atau tolak dengan alasan."),
                _("Rencana yang berubah sesudah Anda setujui menjadi batal dengan sendirinya."),
                _("Begitu pula bila bentuk tujuannya berubah; baris saja tidak membatalkannya."),
            ),
            "persetujuan",
        ),
        Part(
            "melimpahkan",
            _("Saat Anda tidak di tempat"),
            (
                _("Limpahkan hak memutuskan kepada orang lain dengan tanggal mulai dan selesai."),
                _("Aturan empat mata tetap berlaku bagi yang menerima pelimpahan."),
            ),
        ),
    ),
    "operator": (
        Part(
            "pagi",
            _("Pagi hari"),
            (
                _("Hari ini menjawab satu hal: apakah semua sumber tersalin tadi malam."),
                _("Yang merah di atas. Setiap alarm mengatakan apa yang terjadi dan tindakannya."),
                _("Angka merah juga tampil di tab peramban; halaman menyegarkan diri sendiri."),
            ),
            "hari-ini",
        ),
        Part(
            "sumber",
            _("Sumber dan malamnya"),
            (
                _("Halaman sumber menunjukkan setahun malam, ukuran, salinan dan masa simpan."),
                _("Cadangkan sekarang, uji sambungan, dan uji pemulihan ada di kanan atas."),
                _("Malam yang gagal dicoba lagi sampai tiga kali dengan sendirinya."),
            ),
            "sumber",
        ),
        Part(
            "penyimpanan",
            _("Penyimpanan"),
            (
                _("Setiap salinan ada di disk lokal dan media internal."),
                _("Salinan yang terutang dibayar sendiri saat media dapat dijangkau lagi."),
            ),
            "penyimpanan",
        ),
        Part(
            "sistem",
            _("Sistem dan pekerjaan terencana"),
            (
                _("Halaman dan basis data setiap sistem ditanya tiap lima menit."),
                _("Umumkan pekerjaan sebelum mulai: publik membacanya di Keadaan sistem."),
            ),
            "sistem",
        ),
        Part(
            "uji",
            _("Uji pemulihan"),
            (
                _("Tiap malam sumber yang paling lama tidak diuji dipulihkan di tempat terpisah."),
                _("Waktu yang terukur dibandingkan dengan target lama pulih sumber itu."),
            ),
        ),
        Part(
            "sop",
            _("Revisi SOP"),
            (
                _("Administrator menulis revisi sebagai konsep, lalu mengeluarkannya."),
                _("Revisi yang sudah keluar tidak berubah dan tetap dapat dibaca."),
            ),
        ),
    ),
    "auditor": (
        Part(
            "laporan",
            _("Indikator dan laporan"),
            (
                _("Pilih bulan, triwulan, tahun, atau rentang bebas."),
                _("Cara menghitung setiap indikator tertulis di bawah angkanya."),
                _("Unduh PDF atau XLSX; pengunduhannya tercatat di jejak audit."),
                _("Di bagian bawah setiap persyaratan ISO bertaut ke buktinya."),
            ),
            "laporan",
        ),
        Part(
            "rekaman",
            _("Rekaman mutu"),
            (
                _("Buku rekaman memuat setiap berita acara dengan nomor dan sidiknya."),
                _("Keaslian cetakan diperiksa dengan kode di kakinya."),
            ),
            "rekaman",
        ),
        Part(
            "jejak",
            _("Jejak audit"),
            (
                _("Setiap perubahan dirantai dengan hash; rantai diperiksa tiap malam."),
                _("Saring menurut orang, peristiwa, atau objek, lalu unduh CSV."),
            ),
            "jejak",
        ),
    ),
}
