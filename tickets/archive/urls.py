"""The addresses of the quality records; the public ones lie outside /staf/."""

from django.urls import path

from tickets.archive import bundles, drafting, register, showing, signing, verifying

urlpatterns = [
    path("verifikasi/", verifying.ask, name="verifikasi-tanya"),
    path("verifikasi/<str:code>/", verifying.verify, name="verifikasi"),
    path("tanda-tangan/", signing.queue, name="tanda-tangan"),
    path("tanda-tangan/<int:pk>/", signing.sign, name="tandatangani"),
    path("rekaman/<int:pk>/berkas/<int:file>/", showing.download, name="rekaman-berkas"),
    path("staf/rekaman/", register.show, name="rekaman"),
    path("staf/rekaman/rekaman.csv", register.take_csv, name="rekaman-csv"),
    path("staf/rekaman/rekaman.xlsx", register.take_workbook, name="rekaman-xlsx"),
    path("staf/rekaman/cetak/", register.printable, name="rekaman-cetak"),
    path("staf/rekaman/bulanan/", drafting.new_of_month, name="rekaman-bulanan"),
    path("staf/rekaman/bundel/", bundles.order, name="bundel-baru"),
    path("staf/rekaman/bundel/<int:pk>/", bundles.show, name="bundel"),
    path("staf/rekaman/bundel/<int:pk>/unduh/", bundles.download, name="bundel-unduh"),
    path("staf/rekaman/tiket/<str:number>/", register.ticket_record, name="rekaman-tiket"),
    path("staf/rekaman/kasus/<str:number>/", drafting.new_of_case, name="rekaman-kasus"),
    path("staf/rekaman/<int:pk>/", drafting.berita_acara, name="berita-acara"),
    path("staf/rekaman/<int:pk>/simpan/", drafting.save, name="berita-acara-simpan"),
    path("staf/rekaman/<int:pk>/pratinjau/", drafting.preview, name="berita-acara-pratinjau"),
    path("staf/rekaman/<int:pk>/kertas.css", showing.sheet, name="berita-acara-kertas"),
    path("staf/rekaman/<int:pk>/pindaian/", showing.upload_scan, name="berita-acara-pindaian"),
    path("staf/rekaman/<int:pk>/<slug:name>/", drafting.step, name="berita-acara-langkah"),
]
