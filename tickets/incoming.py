"""Reading a mail that came back: to whom, by whom made, what it says. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from email.utils import getaddresses
from html.parser import HTMLParser

ADDRESSED = ("Delivered-To", "X-Original-To", "To", "Cc")
BY_A_MACHINE = {"bulk", "junk", "list", "auto_reply"}
MOST_FILES = 10
BREAKS = {"br", "p", "div", "li", "tr"}
UNSEEN = {"style", "script", "head", "title"}


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a mail says. `automatic` ones are answers of machines and are never taken in."""

    addresses: tuple[str, ...]
    message_id: str
    text: str
    automatic: bool
    files: tuple[tuple[str, bytes], ...] = ()


def read_mail(raw: bytes) -> Incoming:
    """Return what a mail says; whatever is broken in it is read as far as it goes."""
    message = BytesParser(policy=policy.default).parsebytes(raw)
    assert isinstance(message, EmailMessage)  # noqa: S101 - policy.default makes no other
    return Incoming(
        addresses=tuple(_addresses(message)),
        message_id=str(message.get("Message-ID", "")).strip(),
        text=_text(message),
        automatic=_is_automatic(message),
        files=tuple(_files(message))[:MOST_FILES],
    )


def _addresses(message: EmailMessage) -> Iterator[str]:
    for header in ADDRESSED:
        values = [str(value) for value in message.get_all(header, [])]
        yield from (address for _, address in getaddresses(values) if address)


def _is_automatic(message: EmailMessage) -> bool:
    """Say whether a machine wrote it (RFC 3834): answering those makes loops."""
    submitted = str(message.get("Auto-Submitted", "no")).strip().lower()
    precedence = str(message.get("Precedence", "")).strip().lower()
    bounced = str(message.get("Return-Path", "")).strip() == "<>"
    return submitted != "no" or precedence in BY_A_MACHINE or bounced


def _text(message: EmailMessage) -> str:
    part = message.get_body(("plain", "html"))
    if part is None:
        return ""
    words = _decoded(part)
    return _Words.of(words) if part.get_content_subtype() == "html" else words


def _decoded(part: MIMEPart) -> str:
    """Return a part's text; a character set that nobody knows is read as UTF-8."""
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError):
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _files(message: EmailMessage) -> Iterator[tuple[str, bytes]]:
    for part in message.iter_attachments():
        content = part.get_payload(decode=True)
        if part.get_filename() and isinstance(content, bytes):
            yield str(part.get_filename()), content


class _Words(HTMLParser):
    """The words of an HTML mail, for those who send no plain text along."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.unseen = 0

    @classmethod
    def of(cls, html: str) -> str:
        """Return the words that a reader would see."""
        reader = cls()
        reader.feed(html)
        return "".join(reader.words).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Break lines where a browser would; `attrs` say nothing."""
        del attrs
        self.unseen += tag in UNSEEN
        if tag in BREAKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """See again what follows an unseen part; break lines as a browser would."""
        self.unseen -= tag in UNSEEN
        if tag in BREAKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep what is seen."""
        if self.unseen <= 0:
            self.words.append(data)
