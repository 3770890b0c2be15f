"""The addresses of the staff's desk, below /staf/ (tickets/addresses.py has them for mails)."""

from django.urls import path

from tickets.staff import (
    acting,
    analysing,
    case,
    deciding,
    delegating,
    filing,
    queue,
    settings,
    talking,
)

urlpatterns = [
    path("tiket/", queue.queue, name="antrean"),
    path("tiket/baru/", filing.new_case, name="tiket-baru"),
    path("tiket/tugaskan/", queue.assign_many, name="tiket-tugaskan"),
    path("tiket/tiket.csv", queue.queue_csv, name="tiket-csv"),
    path("tiket/tiket.xlsx", queue.queue_xlsx, name="tiket-xlsx"),
    path("tiket/<str:number>/", case.case, name="tiket-kasus"),
    path("tiket/<str:number>/berkas/<int:pk>/", case.download, name="kasus-berkas"),
    path("tiket/<str:number>/langkah/<slug:name>/", acting.act, name="tiket-langkah"),
    path("tiket/<str:number>/draf/", talking.keep_draft, name="tiket-draf"),
    path("tiket/<str:number>/siap/", talking.insert_canned, name="tiket-siap"),
    path("tiket/<str:number>/hadir/", talking.present, name="tiket-hadir"),
    path("tiket/<str:number>/telusur/", analysing.search, name="tiket-telusur"),
    path(
        "tiket/<str:number>/telusur/<slug:key>/<str:name_key>/",
        analysing.timeline,
        name="tiket-garis-waktu",
    ),
    path("tiket/<str:number>/rencana/", analysing.plan, name="tiket-rencana"),
    path("tiket/<str:number>/rencana/periksa/", analysing.look_again, name="tiket-periksa-tujuan"),
    path("pengaturan/", settings.settings, name="pengaturan"),
    path("persetujuan/", deciding.approvals, name="persetujuan"),
    path("persetujuan/pelimpahan/", delegating.delegations, name="pelimpahan"),
    path("persetujuan/pelimpahan/<int:pk>/cabut/", delegating.take_back, name="cabut-pelimpahan"),
    path("persetujuan/<str:number>/", deciding.decision, name="putusan"),
]
