"""The public half of the institution's seal: which certificate it is and until when it counts.

Pages may read this; the key that seals lies with the workers (tickets.records.seal).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.utils.translation import gettext as _

from tickets.spelling import long_date


@dataclass(frozen=True, slots=True)
class Certificate:
    """What people need to know of it."""

    name: str
    fingerprint: str
    begins: datetime
    ends: datetime

    @property
    def label(self) -> str:
        """Its name and the beginning of its SHA-256 fingerprint, as papers show it."""
        return f"{self.name} ({self.fingerprint[:16]})"


def certificate_file() -> Path:
    """Return where the certificate lies; everybody may read it."""
    return Path(settings.PULIH_KEYS) / "record-seal.pem"


def read(file: Path | None = None) -> Certificate | None:
    """Return the certificate, or None where there is none that can be read."""
    try:
        content = (file or certificate_file()).read_bytes()
        found = x509.load_pem_x509_certificate(content)
    except (OSError, ValueError):
        return None
    names = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return Certificate(
        name=str(names[0].value) if names else found.subject.rfc4514_string(),
        fingerprint=found.fingerprint(SHA256()).hex(),
        begins=found.not_valid_before_utc,
        ends=found.not_valid_after_utc,
    )


def why_not(certificate: Certificate | None, now: datetime) -> str:
    """Return why nothing can be sealed now; "" when it can."""
    if certificate is None:
        return _("sertifikat lembaga belum dipasang.")
    if now >= certificate.ends:
        words = _("sertifikat lembaga berakhir %(day)s.")
        return words % {"day": long_date(certificate.ends.date())}
    if now < certificate.begins:
        return _("sertifikat lembaga belum berlaku.")
    return ""
