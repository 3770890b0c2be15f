"""From HTML to paper: the one place that makes PDF files."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from PIL import ImageFile
from weasyprint import CSS, HTML, Attachment
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

# WeasyPrint, when imported, lets Pillow take broken pictures for whole ones in all of the process;
# what people send in must go on being refused when it is cut short (tickets.uploads).
ImageFile.LOAD_TRUNCATED_IMAGES = False

SHELF = "https://paper.invalid/static/"  # never asked for on a wire: the fetcher answers


class PaperTrouble(Exception):
    """A font or a picture that the paper needs is not there; names it."""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file inside the PDF: evidence that travels with the paper (PDF/A-3, ISO 19005-3)."""

    name: str
    description: str
    content: bytes


class _Shelf(URLFetcher):
    """Fetches the portal's own static files and inlined data, and nothing from anywhere else."""

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        """Return the file behind `url`; end the rendering, naming it, when it is not there."""
        if url.startswith("data:"):
            return super().fetch(url, headers)
        name = url.removeprefix(SHELF).partition("?")[0]
        found = finders.find(name) if url.startswith(SHELF) else None
        if not found:
            raise FatalURLFetchingError(f"{name} tidak ada")
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return URLFetcherResponse(url, Path(found).read_bytes(), {"Content-Type": kind})


def to_pdf(html: str, base_url: str) -> bytes:
    """Return `html` as a PDF; fonts and pictures are taken from below `base_url`, a folder.

    Two calls give different bytes for the same HTML: keep what was issued, never render again.
    """
    return HTML(string=html, base_url=base_url).write_pdf(pdf_variant="pdf/a-3b")


def to_record(html: str, enclosures: Iterable[Enclosure] = (), sheet: str = "") -> bytes:
    """Return `html` as a tagged PDF/A-3a with the enclosures inside; `sheet` is CSS of its own.

    Its sheets and fonts are static files, named relative to the static folder. Raises
    PaperTrouble when one of them is missing: a record is never set in another font by chance.
    """
    attached = [
        Attachment(
            string=enclosure.content,
            name=enclosure.name,
            description=enclosure.description,
            relationship="Data",
        )
        for enclosure in enclosures
    ]
    document = HTML(string=html, base_url=SHELF, url_fetcher=_Shelf())
    try:
        return document.write_pdf(
            pdf_variant="pdf/a-3a",
            attachments=attached,
            stylesheets=[CSS(string=sheet, base_url=SHELF, url_fetcher=_Shelf())],
        )
    except FatalURLFetchingError as error:
        raise PaperTrouble(str(error)) from error
