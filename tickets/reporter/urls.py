"""The addresses of the desk. tickets/addresses.py has those that mails name, without Django."""

from django.urls import path, register_converter

from tickets.reporter import confirming, downloads, letters, reporting, tracking, visiting


class Token:
    """A secret of the portal's own making: 32 letters, digits, dashes."""

    regex = "[A-Za-z0-9_-]{32}"

    def to_python(self, value: str) -> str:
        """Return it as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Return it as it is."""
        return value


register_converter(Token, "token")

urlpatterns = [
    path("lapor/", reporting.start, name="lapor"),
    path("lapor/mulai/", reporting.begin, name="lapor-mulai"),
    path("lapor/lanjutkan/<int:pk>/", reporting.resume, name="lapor-lanjutkan"),
    path("lapor/<token:key>/terkirim/", reporting.sent, name="lapor-terkirim"),
    path("lapor/<token:key>/nanti/", reporting.later, name="lapor-nanti"),
    path("lapor/<token:key>/<slug:slug>/", reporting.step, name="lapor-langkah"),
    path("lacak/", tracking.look_up, name="lacak"),
    path("tiket/<str:number>/", tracking.own_case, name="tiket-saya"),
    path(
        "tiket/<str:number>/konfirmasi/<str:token>/", confirming.confirm_address, name="konfirmasi"
    ),
    path("tiket/<str:number>/<token:token>/", tracking.case, name="tiket"),
    path("tiket/<str:number>/<token:token>/sesuai/", tracking.confirm, name="tiket-sesuai"),
    path("tiket/<str:number>/<token:token>/nilai/", tracking.rate, name="tiket-nilai"),
    path("tiket/<str:number>/<token:token>/berkas/", tracking.add_files, name="tiket-berkas"),
    path(
        "tiket/<str:number>/<token:token>/berkas/<int:pk>/", tracking.download, name="tiket-unduh"
    ),
    path(
        "tiket/<str:number>/<token:token>/unduhan/<int:pk>/", downloads.fetch, name="tiket-unduhan"
    ),
    path("tiket/<str:number>/<token:token>/surat/", letters.letter, name="tiket-surat"),
    path(
        "tiket/<str:number>/<token:token>/surat-pengajuan.pdf",
        letters.filled_letter,
        name="tiket-surat-pdf",
    ),
    path(
        "tiket/<str:number>/<token:token>/tanda-terima/",
        letters.receipt,
        name="tiket-tanda-terima",
    ),
    path(
        "tiket/<str:number>/<token:token>/tanda-terima.pdf",
        letters.receipt_pdf,
        name="tiket-tanda-terima-pdf",
    ),
    path(
        "tiket/<str:number>/<token:token>/berita-acara/<int:pk>.pdf",
        letters.record_paper,
        name="tiket-berita-acara",
    ),
    *(
        path(
            f"tiket/<str:number>/<token:token>/{slug}/",
            tracking.ask,
            {"slug": slug},
            name=f"tiket-{slug}",
        )
        for slug in tracking.QUESTIONS
    ),
    # Links are cut when they are copied: what is left of one still helps.
    path("tiket/<str:number>/<path:rest>/", visiting.broken_link),
    path("lapor/<path:rest>/", reporting.broken_link),
]
