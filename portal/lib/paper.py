"""From HTML to paper: the one place that makes PDF files."""

from __future__ import annotations

from weasyprint import HTML


def to_pdf(html: str, base_url: str) -> bytes:
    """Return `html` as a PDF; fonts and pictures are taken from below `base_url`, a folder.

    Two calls give different bytes for the same HTML: keep what was issued, never render again.
    """
    return HTML(string=html, base_url=base_url).write_pdf(pdf_variant="pdf/a-3b")
