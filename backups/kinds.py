"""What the engines call the things in a source, in words."""

from django.utils.translation import gettext_lazy as _

KINDS = {
    "table": _("Tabel"),
    "foreign table": _("Tabel asing"),
    "partitioned table": _("Tabel berpartisi"),
    "view": _("Pandangan"),
    "materialized view": _("Pandangan tersimpan"),
    "sequence": _("Urutan"),
    "function": _("Fungsi"),
    "procedure": _("Prosedur"),
    "trigger": _("Pemicu"),
    "event": _("Acara terjadwal"),
    "file": _("Berkas"),
    "folder": _("Folder"),
    "symlink": _("Tautan"),
}
"""A name that is not here is shown as it is."""
