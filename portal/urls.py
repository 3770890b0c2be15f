"""All addresses of the portal, one line a room."""

from django.contrib import admin
from django.urls import include, path

from backups.views import downloads
from portal import guides, status, today, trail, views
from portal.reports import views as reports
from portal.sop import views as sop

urlpatterns = [
    path("", views.landing, name="beranda"),
    path("keadaan/", status.status, name="keadaan"),
    path("bantuan/", guides.guides, name="bantuan"),
    path("bantuan/<slug:key>/", guides.guide, name="panduan"),
    path("sop/", sop.sop, name="sop"),
    path("sop/<str:number>/", sop.sop, name="sop-revisi"),
    path("", include("portal.people")),
    path("bahasa/", views.choose_language, name="set_language"),
    path("unduhan/<int:pk>/", downloads.fetch, name="unduhan"),
    path("ikon/<int:count>.svg", views.tab_icon, name="ikon"),
    path("staf/", today.today, name="staf"),
    path("staf/sop/", sop.write, name="sop-tulis"),
    path("staf/sop/keluarkan/", sop.put_into_force, name="sop-keluarkan"),
    path("staf/laporan/", reports.report, name="laporan"),
    path("staf/laporan/laporan.pdf", reports.report_pdf, name="laporan-pdf"),
    path("staf/laporan/laporan.xlsx", reports.report_xlsx, name="laporan-xlsx"),
    path("staf/gaya/", views.style, name="gaya"),
    path("staf/audit/", trail.trail, name="jejak"),
    path("staf/audit/jejak.csv", trail.trail_csv, name="jejak-csv"),
    path("staf/", include("backups.urls")),
    path("staf/", include("tickets.staff.urls")),
    path("", include("tickets.reporter.urls")),
    path("", include("tickets.archive.urls")),
    path("admin/", admin.site.urls),
]
