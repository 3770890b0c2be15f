"""Strange nights in plain words: the system, the figure, and the usual one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backups.anomalies import Strange
from portal.lib import measures

Facts = dict[str, Any]


def headline(kind: str, source: str, facts: Facts) -> str:
    """Return a strange night as one sentence."""
    return _HEADLINES[Strange(kind)](source, facts)


def detail(kind: str, facts: Facts) -> str:
    """Return what is behind it, what was done, and what to do."""
    names = ", ".join(facts.get("names", ()))
    told = _("Antara lain %(names)s.") % {"names": names} if names else ""
    return f"{told} {_ADVICE[Strange(kind)]()}".strip()


def _table_vanished(source: str, facts: Facts) -> str:
    words = ngettext(
        "Tabel %(table)s di %(source)s hilang; terakhir berisi %(rows)s baris",
        "Tabel %(table)s di %(source)s hilang; terakhir berisi %(rows)s baris",
        facts["before"],
    )
    figures = {"rows": measures.number(facts["before"])}
    return words % {"table": bare(facts["name"]), "source": source, **figures}


def _rows_shrank(source: str, facts: Facts) -> str:
    words = _("Tabel %(table)s di %(source)s menyusut dari %(before)s menjadi %(after)s baris")
    figures = {
        "before": measures.number(facts["before"]),
        "after": measures.number(facts["after"]),
    }
    sentence = words % {"table": bare(facts["name"]), "source": source, **figures}
    return ", ".join(part for part in (sentence, _usually(facts["usual"])) if part)


def _usually(step: int | None) -> str:
    if step is None:
        return ""
    if not step:
        return _("biasanya tetap")
    words = _("biasanya bertambah %(n)s per malam") if step > 0 else _("biasanya berkurang %(n)s")
    return words % {"n": measures.number(abs(step))}


def _table_emptied(source: str, facts: Facts) -> str:
    words = _("Tabel %(table)s di %(source)s kosong; malam sebelumnya berisi %(before)s baris")
    figures = {"before": measures.number(facts["before"])}
    return words % {"table": bare(facts["name"]), "source": source, **figures}


def _many_vanished(source: str, facts: Facts) -> str:
    figures = {"count": measures.number(facts["count"]), "of": measures.number(facts["of"])}
    if facts["what"] == "tables":
        words = _("%(count)s tabel di %(source)s hilang dalam satu malam")
        return words % {"source": source, **figures}
    words = _("%(count)s dari %(of)s berkas di %(source)s hilang dalam satu malam")
    sentence = words % {"source": source, **figures}
    if facts["usual"] is None:
        return sentence
    usual = _("biasanya %(n)s") % {"n": measures.number(facts["usual"])}
    return f"{sentence}, {usual}"


def _many_shrank(source: str, facts: Facts) -> str:
    words = _("%(count)s tabel di %(source)s menyusut dalam satu malam, seluruhnya %(rows)s baris")
    figures = {"count": measures.number(facts["count"]), "rows": measures.number(facts["rows"])}
    return words % {"source": source, **figures}


def _schema_dropped(source: str, facts: Facts) -> str:
    words = _("Skema %(name)s di %(source)s hilang dengan %(count)s tabelnya")
    figures = {"count": measures.number(facts["count"])}
    return words % {"name": facts["name"], "source": source, **figures}


def _size_odd(source: str, facts: Facts) -> str:
    words = _("Isi %(source)s kini %(size)s, biasanya sekitar %(usual)s")
    figures = {"size": measures.size(facts["bytes"]), "usual": measures.size(facts["usual"])}
    return words % {"source": source, **figures}


def _mass_change(source: str, facts: Facts) -> str:
    words = (
        _("%(count)s dari %(of)s baris di %(source)s ditulis ulang semalam, biasanya %(usual)s%%")
        if facts["what"] == "rows"
        else _("%(count)s dari %(of)s objek di %(source)s berubah semalam, biasanya %(usual)s%%")
    )
    figures = {key: measures.number(facts[key]) for key in ("count", "of", "usual")}
    return words % {"source": source, **figures}


def _source_still(source: str, facts: Facts) -> str:
    words = _("Isi %(source)s tidak berubah %(nights)s malam, padahal biasanya berubah")
    return words % {"source": source, "nights": measures.number(facts["nights"])}


def bare(name: str) -> str:
    """Return a table's name without the schema that most are in."""
    return name.removeprefix("public.")


_HEADLINES: dict[Strange, Callable[[str, Facts], str]] = {
    Strange.TABLE_VANISHED: _table_vanished,
    Strange.ROWS_SHRANK: _rows_shrank,
    Strange.TABLE_EMPTIED: _table_emptied,
    Strange.MANY_VANISHED: _many_vanished,
    Strange.MANY_SHRANK: _many_shrank,
    Strange.SCHEMA_DROPPED: _schema_dropped,
    Strange.SIZE_ODD: _size_odd,
    Strange.MASS_CHANGE: _mass_change,
    Strange.SOURCE_STILL: _source_still,
}


def _kept() -> str:
    return _("Malam lazim terakhir ditahan dari perapian. Tanyakan pemilik sistemnya.")


def _ransom() -> str:
    return _(
        "Bisa jadi pembaruan besar, bisa jadi penyandian oleh perangkat perusak. Periksa segera; "
        "malam lazim terakhir ditahan dari perapian."
    )


def _ask_why() -> str:
    return _("Pastikan sistemnya masih menulis ke tempat yang dicadangkan.")


_ADVICE: dict[Strange, Callable[[], str]] = {
    **dict.fromkeys(Strange, _kept),
    Strange.MASS_CHANGE: _ransom,
    Strange.SOURCE_STILL: _ask_why,
}
