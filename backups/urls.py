"""The addresses of the backups room, below /staf/."""

from django.urls import path

from backups.views import (
    alarms,
    between,
    comparisons,
    contents,
    drills,
    objects,
    restores,
    row_differences,
    runs,
    search,
    sources,
    systems,
    vaults,
)

urlpatterns = [
    path("cadangan/", sources.sources, name="cadangan"),
    path("cadangan/<slug:key>/", sources.source, name="sumber"),
    path("cadangan/<slug:key>/cadangkan/", sources.back_up, name="cadangkan"),
    path("cadangan/<slug:key>/uji-sambungan/", sources.test_connection, name="uji-sambungan"),
    path("cadangan/<slug:key>/uji-pemulihan/", sources.drill_now, name="uji-pemulihan"),
    path("cadangan/<slug:key>/isi/", contents.contents, name="isi"),
    path("cadangan/<slug:key>/beda/", between.differences, name="beda"),
    path("cadangan/<slug:key>/objek/<int:pk>/", objects.life, name="objek"),
    path("cadangan/<slug:key>/malam/", runs.nights, name="malam-malam"),
    path("cadangan/<slug:key>/malam/<int:pk>/", runs.night, name="malam"),
    path("cadangan/<slug:key>/malam/<int:pk>/batal/", runs.cancel_run, name="batalkan-malam"),
    path("pencarian/", search.find_page, name="pencarian"),
    path("cadangan/<slug:key>/bandingkan/", comparisons.compare, name="bandingkan"),
    path("perbandingan/", comparisons.comparisons, name="perbandingan-semua"),
    path("perbandingan/<int:pk>/", comparisons.comparison, name="perbandingan"),
    path(
        "perbandingan/<int:pk>/batal/",
        comparisons.cancel_comparison,
        name="batalkan-perbandingan",
    ),
    path("perbandingan/<int:pk>/<int:number>/", row_differences.rows, name="perbandingan-baris"),
    path(
        "perbandingan/<int:pk>/<int:number>/berkas/", row_differences.rows_file, name="berkas-baris"
    ),
    path("perbandingan/<int:pk>/<int:number>/pilih/", row_differences.pick, name="pilih-baris"),
    path("pilihan/<int:pk>/", row_differences.picked, name="pilihan-baris"),
    path("pilihan/<int:pk>/berkas/", row_differences.pick_file, name="berkas-pilihan"),
    path("uji/", drills.drills, name="uji"),
    path("alarm/<int:pk>/wajar/", alarms.accept, name="wajar"),
    path("pemulihan/", restores.restores, name="pemulihan-semua"),
    path("pemulihan/<int:pk>/", restores.restore, name="pemulihan"),
    path("pemulihan/<int:pk>/hentikan/", restores.stop, name="hentikan-pemulihan"),
    path("pemulihan/<int:pk>/kembalikan/", restores.undo_now, name="kembalikan"),
    path("pemulihan/<int:pk>/tinjau/", restores.review_now, name="tinjau-darurat"),
    path("pemulihan/darurat/<slug:key>/", restores.emergency, name="darurat"),
    path("pemulihan/darurat/<int:pk>/jawab/", restores.answer, name="jawab-darurat"),
    path("sistem/", systems.systems, name="sistem"),
    path("sistem/umumkan/", systems.announce_work, name="umumkan"),
    path("sistem/rencana/<int:pk>/tarik/", systems.call_work_off, name="tarik-rencana"),
    path("penyimpanan/", vaults.vaults, name="penyimpanan"),
]
