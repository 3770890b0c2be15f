"""What a restore's survey found, in the words of the people who read it.

Engines give codes and facts (specs.Told); rows keep them as {"code": ..., "facts": {...}}. Every
code that an engine can give has its words here: tests/unit/test_survey_words.py sees to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from backups.specs import Survey, Told
from portal.lib import measures

SIZES = frozenset({"needed", "free"})
WORDS = {
    # PostgreSQL
    "database_missing": gettext_noop(
        "Basis data %(database)s tidak ada sekarang; ia dibuat baru dari salinan."
    ),
    "table_missing": gettext_noop("Tabel %(table)s tidak ada sekarang; ia dibuat baru."),
    "lost_columns": gettext_noop(
        "Tabel %(table)s kini tidak punya kolom %(columns)s yang ada dalam salinan; pulihkan di"
        " samping, lalu pindahkan isinya dengan tangan."
    ),
    "new_columns": gettext_noop(
        "Tabel %(table)s punya kolom yang lebih baru dari salinan; kolom itu berisi nilai"
        " bawaannya: %(columns)s."
    ),
    "refers": gettext_noop("%(table)s merujuk ke %(target)s; setiap baris diperiksa."),
    "stale_view": gettext_noop(
        "%(view)s masih menampilkan baris lama sampai disegarkan (REFRESH MATERIALIZED VIEW)."
    ),
    "no_createdb": gettext_noop(
        "Akun pemulih %(user)s tidak boleh membuat basis data. Jalankan: ALTER ROLE %(user)s"
        " CREATEDB;"
    ),
    "not_owner": gettext_noop(
        "Akun pemulih %(user)s bukan pemilik basis data %(database)s. Jadikan ia anggota peran"
        " pemiliknya, dengan GRANT."
    ),
    "prepared": gettext_noop(
        "%(count)s transaksi tersiap (PREPARE TRANSACTION) menahan basis data ini; selesaikan dulu"
        " dengan COMMIT PREPARED atau ROLLBACK PREPARED."
    ),
    "newer_server": gettext_noop(
        "Salinan ini dari server versi %(copy)s, lebih baru daripada server tujuan, versi"
        " %(server)s."
    ),
    "tables_since": gettext_noop(
        "Tabel yang dibuat sesudah salinan ikut disisihkan bersama isi lama: %(names)s."
    ),
    # MariaDB
    "rights_lacking": gettext_noop(
        "Akun pemulih tidak punya hak %(rights)s. Jalankan sebagai pengelola server: %(grants)s"
    ),
    "programs_unreadable": gettext_noop(
        "Akun pemulih tidak dapat membaca isi %(names)s, jadi tidak dapat membuatnya lagi."
        " Jalankan sebagai pengelola server: %(grants)s"
    ),
    "definers_lacking": gettext_noop(
        "%(names)s berjalan atas nama akun lain; akun pemulih belum boleh membuatnya begitu."
        " Jalankan sebagai pengelola server: %(grants)s"
    ),
    "binlog_lacking": gettext_noop(
        "Server ini mencatat log biner, jadi akun pemulih belum boleh membuat %(names)s. Jalankan"
        " sebagai pengelola server: %(grants)s (atau SET GLOBAL log_bin_trust_function_creators"
        " = 1;)"
    ),
    "defined_otherwise": gettext_noop(
        "Definisinya berubah sejak salinan, dan kembali seperti dalam salinan: %(names)s."
    ),
    "made_since": gettext_noop(
        "Dibuat sesudah salinan, dan disisihkan bersama isi lama: %(names)s."
    ),
    "gone_since": gettext_noop("Tidak ada lagi sekarang, dan dibawa kembali: %(names)s."),
    "referred_from": gettext_noop(
        "Tabel yang tetap seperti sekarang merujuk ke yang dipulihkan; baris yang induknya tidak"
        " ada dalam salinan tetap disimpan: %(names)s."
    ),
    "refers_to": gettext_noop(
        "Yang dipulihkan merujuk ke tabel yang tetap seperti sekarang: %(names)s."
    ),
    # SQLite
    "file_missing": gettext_noop("Berkas %(path)s tidak ada sekarang; ia dibuat baru."),
    "file_unreadable": gettext_noop(
        "Berkas %(path)s tidak terbaca sebagai basis data (%(why)s); berkasnya sendiri disisihkan"
        " utuh."
    ),
    "held_open": gettext_noop(
        "Program yang sedang membuka berkas itu memakai isi lama sampai dijalankan ulang:"
        " %(names)s."
    ),
    "no_write_file": gettext_noop("Pekerja portal tidak boleh menulis %(path)s."),
    "no_database": gettext_noop(
        "%(path)s sekarang bukan basis data; hanya semuanya yang dapat dipulihkan, bukan sebagian."
    ),
    # folders, here and on other machines
    "folder_missing": gettext_noop("Map %(folder)s tidak ada; buat dulu map itu."),
    "no_write_beside": gettext_noop(
        "Akun pemulih tidak boleh menulis di %(folder)s, padahal isi baru harus berdiri di sana di"
        " samping isi lama. Beri hak tulis pada map itu."
    ),
    "no_write_folder": gettext_noop(
        "Akun pemulih tidak boleh menulis di map %(folder)s, jadi isinya tidak dapat ditukar. Beri"
        " hak tulis pada map itu."
    ),
    "own_file_system": gettext_noop(
        "%(path)s adalah sistem berkas tersendiri, jadi tidak dapat ditukar sekaligus; pilih isi"
        " di dalamnya, atau pulihkan di samping."
    ),
    "mounted_inside": gettext_noop(
        "Di dalamnya terpasang sistem berkas lain: %(names)s. Lepas dulu, atau pilih map lain."
    ),
    "link_on_the_way": gettext_noop(
        "Di jalan menuju %(path)s kini ada tautan atau berkas, padahal dulu sebuah map."
    ),
    "not_reached": gettext_noop("%(path)s tidak dapat dijangkau: %(why)s."),
    "no_room": gettext_noop(
        "Di %(folder)s hanya ada ruang %(free)s, sedangkan yang dipulihkan %(needed)s. Longgarkan"
        " dulu disknya."
    ),
    "excluded_aside": gettext_noop(
        "Yang dilewati pencadangan (%(names)s) tidak ada dalam salinan mana pun; ia disisihkan"
        " bersama isi lama."
    ),
    "no_owners": gettext_noop(
        "Pemilik berkas tidak dapat dikembalikan, karena portal ini tidak dijalankan oleh root."
    ),
    "far_owners": gettext_noop(
        "Pemilik berkas tidak ikut kembali: semuanya menjadi milik akun yang dipakai di %(host)s,"
        " atau milik pemilik map itu bila akunnya root."
    ),
    "far_tool_missing": gettext_noop(
        "Program %(tool)s belum terpasang di mesin tujuan; pemulihan ke sana memerlukannya."
    ),
    "far_python_old": gettext_noop(
        "Python di %(host)s masih versi %(found)s; pemulihan ke sana memerlukan versi 3.9 atau"
        " lebih baru."
    ),
    "far_no_shell": gettext_noop(
        "Akun SSH di %(host)s tidak boleh menjalankan perintah, hanya membaca. Beri akun itu shell,"
        " atau unduh isinya."
    ),
}


def words_of(told: Told | Mapping[str, Any] | str) -> str:
    """Return one sentence in the reader's language; an old row's own sentence stays as it is."""
    if isinstance(told, str):
        return told
    if not isinstance(told, Told):
        told = Told(told["code"], told["facts"])
    if told.code not in WORDS:
        return told.code
    facts = {key: _fact(key, value) for key, value in told.facts.items()}
    if more := told.facts.get("more"):
        facts["names"] = _("%(names)s, dan %(more)s lagi") % {
            "names": facts["names"],
            "more": _fact("more", more),
        }
    return _(WORDS[told.code]) % facts


def _fact(key: str, value: object) -> str:
    if key in SIZES and isinstance(value, int):
        return measures.size(value)
    if isinstance(value, int):
        return measures.number(value)
    return value if isinstance(value, str) else ", ".join(value)  # type: ignore[arg-type]


def in_english(told: Iterable[Told]) -> str:
    """Return the sentences as logs and errors have them, one after another."""
    with override("en"):
        return " ".join(map(words_of, told))


def for_row(told: Iterable[Told]) -> list[dict[str, Any]]:
    """Return what a row keeps of them."""
    return [{"code": each.code, "facts": dict(each.facts)} for each in told]


def row_of(survey: Survey, blockers: Iterable[Told]) -> dict[str, Any]:
    """Return a survey as rows and plans keep it, with those `blockers` that count."""
    return {
        "exists": survey.exists,
        "overwrites": len(survey.overwrites),
        "connections": survey.connections,
        "bytes": survey.size_bytes,
        "free_bytes": survey.free_bytes,
        "warnings": for_row(survey.warnings),
        "blockers": for_row(blockers),
        "fingerprint": survey.fingerprint,
    }
