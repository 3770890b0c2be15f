"""The paper of a berita acara: one template for screen, print and PDF.

`content` is what was agreed and signed, `stamp` what issuing adds: number, moment, code, seal,
signatures. A PDF is made of both once; pages are drawn from the same two whenever they are asked.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import segno
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import override

from portal.lib.clock import WIB
from portal.lib.paper import Enclosure, PaperTrouble, to_record
from tickets import conf
from tickets.models import Signature
from tickets.records.content import BY_INK
from tickets.spelling import MONTHS, day_name, long_date, moment, titled

FORM_CODE_SIGNS = str.maketrans({"\\": "", '"': "", "\n": " ", "\r": " ", "<": "", ">": ""})
LARGEST_LOGO = 500_000
LOGO_KINDS = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg"}


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a record gets at its issue. `signed` says by order when who signed in the portal."""

    number: str
    issued_at: datetime
    code: str
    url: str
    hijri: str = ""
    anchor: str = ""
    sealed_by: str = ""
    signed: Mapping[str, str] = field(default_factory=dict)
    enclosed: tuple[Mapping[str, Any], ...] = ()

    def as_row(self) -> dict[str, Any]:
        """Return it as the row keeps it."""
        return {**asdict(self), "issued_at": self.issued_at.isoformat()}


def verification_url(code: str) -> str:
    """Return where a paper with this code is checked."""
    return conf.portal_url(f"/verifikasi/{code}/")


def signed_lines(signatures: Iterable[Signature]) -> dict[str, str]:
    """Return by order what stands at a place that was signed in the portal."""
    return {str(one.order): moment(one.signed_at) for one in signatures if one.signed_at}


def enclosed_rows(files: Iterable[Enclosure]) -> tuple[dict[str, Any], ...]:
    """Return name, description, size and hash of each file inside the PDF."""
    return tuple(
        {
            "name": file.name,
            "description": file.description,
            "size": len(file.content),
            "sha256": hashlib.sha256(file.content).hexdigest(),
        }
        for file in files
    )


def article(content: Mapping[str, Any], stamp: Mapping[str, Any] | None, **more: Any) -> str:
    """Return the paper as HTML, for a page of the portal or for `to_pdf`.

    `stamp` None draws a draft. `more`: `pages`, `watermark`, `on_paper`.
    """
    at = datetime.fromisoformat(stamp["issued_at"]) if stamp else None
    context = {
        "content": content,
        "stamp": stamp,
        "opening": opening(at) if at else None,
        "dated": long_date(at.astimezone(WIB).date()) if at else "",
        "logo": logo(),
        "qr": qr_svg(stamp["url"]) if stamp else "",
        "blocks": _places(content, stamp or {}),
        **more,
    }
    with override("id"):
        return render_to_string("paper/berita-acara.html", context)


def trouble_page(reason: str) -> str:
    """Return what stands where a paper cannot be drawn."""
    return render_to_string("rekaman/tak-tergambar.html", {"reason": reason})


def opening(at: datetime) -> dict[str, str]:
    """Return the parts of the opening sentence, spelled out."""
    local = at.astimezone(WIB)
    return {
        "day": day_name(local.date()),
        "date": titled(local.day),
        "month": MONTHS[local.month - 1],
        "year": titled(local.year),
        "digits": f"{local:%d-%m-%Y}",
        "time": f"{local:%H.%M}",
    }


def _places(content: Mapping[str, Any], stamp: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the places to sign with what stands there."""
    signed = stamp.get("signed", {})
    portal = content["label"] != BY_INK
    return [
        {
            **block,
            "signed": signed.get(str(block["order"]), ""),
            "by_ink": portal and bool(stamp) and str(block["order"]) not in signed,
        }
        for block in content["blocks"]
    ]


def sheet(stamp: Mapping[str, Any] | None, content: Mapping[str, Any]) -> str:
    """Return the style sheet of the page margins: number, code, QR and page x of y."""
    form = content["form"]["code"]
    number = stamp["number"] if stamp else "KONSEP"
    code = _spoken(stamp["code"]) if stamp else ""
    foot = [f"{number} · {form}".translate(FORM_CODE_SIGNS)]
    if stamp:
        foot.append(f"Kode periksa {code} · {stamp['url']}".translate(FORM_CODE_SIGNS))
    context = {"foot": foot, "qr": _data_uri(qr_svg(stamp["url"]).encode()) if stamp else ""}
    return render_to_string("paper/kertas.css", context)


def to_pdf(
    content: Mapping[str, Any], stamp: Mapping[str, Any], files: Iterable[Enclosure], **more: Any
) -> bytes:
    """Return the record as a tagged PDF/A-3a; raises PaperTrouble for a missing font or logo."""
    html = render_to_string(
        "paper/lembar.html",
        {
            "title": " ".join(content["title"]).title() + f" {stamp['number']}",
            "author": content["head"]["bureau"],
            "article": article(content, stamp, on_paper=True, **more),
            "issued_at": stamp["issued_at"],
        },
    )
    return to_record(html, files, sheet=sheet(stamp, content))


def qr_svg(url: str) -> str:
    """Return a QR code of `url` as SVG, with a quiet zone, error correction M."""
    drawn = io.BytesIO()
    segno.make(url, error="m", micro=False).save(
        drawn, kind="svg", xmldecl=False, svgns=True, border=2, unit="mm", scale=0.5
    )
    return drawn.getvalue().decode()


def logo() -> str:
    """Return the letterhead's picture as a data address, "" where none is set.

    Raises PaperTrouble when one is set that cannot be used: a paper without its head would pass
    for the institution's.
    """
    place = getattr(settings, "PULIH_LOGO", "")
    if not place:
        return ""
    file = Path(place)
    kind = LOGO_KINDS.get(file.suffix.lower())
    if kind is None:
        raise PaperTrouble(f"Logo {file.name} bukan SVG, PNG, atau JPG")
    try:
        content = file.read_bytes()
    except OSError as error:
        raise PaperTrouble(f"Logo {file.name} tidak dapat dibaca") from error
    if len(content) > LARGEST_LOGO:
        raise PaperTrouble(f"Logo {file.name} terlalu besar")
    return _data_uri(content, kind)


def _data_uri(content: bytes, kind: str = "image/svg+xml") -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def _spoken(code: str) -> str:
    return f"{code[:4]}-{code[4:]}"
