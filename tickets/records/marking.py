"""Marking a cancelled record: the word across every page of a copy; the issued bytes stay."""

from __future__ import annotations

import io

from django.template.loader import render_to_string
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from portal.lib.paper import to_record

SAVE = b"q"
DRAW = "Q /Artifact BMC q {name} Do Q EMC"


def mark(pdf: bytes, word: str) -> bytes:
    """Return a copy of `pdf` with `word` across each page; its seal then tells of the change."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    stencil = PdfFileReader(io.BytesIO(to_record(_stencil(word))))
    drawn = writer.import_page_as_xobject(stencil)
    for page in range(int(writer.prev.root["/Pages"]["/Count"])):
        _put(writer, page, SAVE, generic.DictionaryObject(), before=True)
        name = f"/PulihMark{page}"  # pages may share their resources
        draw = DRAW.format(name=name).encode()
        _put(writer, page, draw, _resources(name, drawn), before=False)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def pages_of(pdf: bytes) -> int:
    """Return how many pages a PDF has."""
    return int(PdfFileReader(io.BytesIO(pdf)).root["/Pages"]["/Count"])


def _put(
    writer: IncrementalPdfFileWriter,
    page: int,
    commands: bytes,
    resources: generic.DictionaryObject,
    *,
    before: bool,
) -> None:
    stream = writer.add_object(generic.StreamObject(stream_data=commands))
    writer.add_stream_to_page(page, stream, resources=resources, prepend=before)


def _resources(name: str, drawn: generic.IndirectObject) -> generic.DictionaryObject:
    named = generic.DictionaryObject({generic.NameObject(name): drawn})
    return generic.DictionaryObject({generic.NameObject("/XObject"): named})


def _stencil(word: str) -> str:
    return render_to_string("paper/tanda.html", {"word": word})
