"""Which part of which guide helps with a page."""

from __future__ import annotations

# Where each page's help link leads: the beginning of its address -> guide and part of it.
CONTEXT = (
    ("/staf/tiket/", "layanan#kasus"),
    ("/staf/persetujuan/", "penyetuju"),
    ("/staf/pencarian/", "analis#menelusuri"),
    ("/staf/perbandingan/", "analis#membandingkan"),
    ("/staf/pemulihan/", "analis#memulihkan"),
    ("/staf/cadangan/", "operator#sumber"),
    ("/staf/penyimpanan/", "operator#penyimpanan"),
    ("/staf/sistem/", "operator#sistem"),
    ("/staf/uji/", "operator#uji"),
    ("/staf/rekaman/", "auditor#rekaman"),
    ("/staf/laporan/", "auditor#laporan"),
    ("/staf/audit/", "auditor#jejak"),
    ("/staf/sop/", "operator#sop"),
    ("/staf/", "operator#pagi"),
    ("/lapor/", "pelapor#melapor"),
    ("/lacak/", "pelapor#melacak"),
    ("/tiket/", "pelapor#melacak"),
)


def place_for(path: str) -> tuple[str, str]:
    """Return the guide and the part of it ("" where the whole) that help with a page."""
    told = next((place for begin, place in CONTEXT if path.startswith(begin)), "")
    guide, _hash, part = told.partition("#")
    return guide, part
