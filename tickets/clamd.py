"""Asking clamd whether bytes are harmless, by INSTREAM over its socket (clamd(8)). Pure."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass

CHUNK = 64 * 1024
TIMEOUT = 60  # seconds without a word
LONGEST_ANSWER = 4096


class ScanFailed(Exception):
    """The scanner did not answer, or gave no verdict: nothing is known of the file."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the scanner said; `finding` is the name of what it found, "" for nothing."""

    finding: str = ""

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.finding


def scan(content: bytes, address: str) -> Verdict:
    """Return clamd's verdict; `address` is a socket's path or HOST:PORT. Raises ScanFailed."""
    try:
        with _connected(address) as connection:
            connection.sendall(b"zINSTREAM\0")
            for start in range(0, len(content), CHUNK):
                chunk = content[start : start + CHUNK]
                connection.sendall(struct.pack("!I", len(chunk)) + chunk)
            connection.sendall(struct.pack("!I", 0))
            answer = _answer(connection)
    except OSError as error:
        raise ScanFailed(f"clamd at {address} does not answer: {error}") from error
    return _verdict(answer)


def _connected(address: str) -> socket.socket:
    if address.startswith("/"):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(TIMEOUT)
        try:
            connection.connect(address)
        except OSError:
            connection.close()
            raise
        return connection
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=TIMEOUT)


def _answer(connection: socket.socket) -> str:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
        part = connection.recv(LONGEST_ANSWER)
        if not part:
            break
        answer += part
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")


def _verdict(answer: str) -> Verdict:
    """Read "stream: OK" or "stream: Eicar-Signature FOUND"; anything else is no verdict."""
    said = answer.removeprefix("stream: ")
    if said == "OK":
        return Verdict()
    if said.endswith(" FOUND"):
        return Verdict(said.removesuffix(" FOUND"))
    raise ScanFailed(f"clamd gave no verdict: {answer[:200] or 'an empty answer'}")
