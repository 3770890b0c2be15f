"""All addresses of the portal, one line a room."""

from django.contrib import admin
from django.urls import include, path

from portal import status, trail, views
from portal.reports import views as reports

urlpatterns = [
    path("", views.landing, name="beranda"),
    path("keadaan/", status.status, name="keadaan"),
    path("", include("portal.people")),
    path("bahasa/", views.choose_language, name="set_language"),
    path("ikon/<int:count>.svg", views.tab_icon, name="ikon"),
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
