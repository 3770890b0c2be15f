"""Sealing with the institution's certificate: PAdES (ETSI EN 319 142), whole document, no changes.

For workers only: the key is theirs, no page may import this (import-linter). A certified
provider would be another Seal behind the same call.
"""

from __future__ import annotations

import io
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from django.conf import settings
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers

from tickets.records import certificate
from tickets.records.certificate import Certificate, certificate_file

FIELD = "Segel"
DAYS = 3 * 365
KEY_BITS = 3072


class Seal(Protocol):
    """Whoever can seal a finished PDF: the institution itself, or a certified provider."""

    label: str

    def apply(self, pdf: bytes, reason: str) -> bytes:
        """Return `pdf` sealed: the same bytes with the signature behind them."""


class InstitutionSeal:
    """The institution's own certificate. It claims no more than it is: not certified."""

    def __init__(self, known: Certificate) -> None:
        self.label = known.label
        self._signer = signers.SimpleSigner.load(
            key_file=str(key_file()), cert_file=str(certificate_file())
        )

    def apply(self, pdf: bytes, reason: str) -> bytes:
        """Return `pdf` with an invisible seal that covers all of it and allows no change."""
        meta = signers.PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            subfilter=fields.SigSeedSubFilter.PADES,
            reason=reason,
            certify=True,
            docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        )
        sealed = io.BytesIO()
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        signers.sign_pdf(writer, meta, signer=self._signer, output=sealed)
        return sealed.getvalue()


def key_file() -> Path:
    """Return where the key lies; only the workers' user may read it."""
    return Path(settings.PULIH_KEYS) / "workers" / "record-seal.key"


def institution_seal(now: datetime) -> Seal | None:
    """Return the seal that counts now, or None: absent, expired, or its key is not here."""
    known = certificate.read()
    if certificate.why_not(known, now) or known is None or not key_file().exists():
        return None
    return InstitutionSeal(known)


def make_certificate(name: str, now: datetime, days: int = DAYS) -> bool:
    """Make a key and a certificate signed by itself, where there is none; True when made."""
    if certificate_file().exists() or key_file().exists():
        return False
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_signs_documents(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(key_file(), _pem(key), 0o600)
    _write(certificate_file(), made.public_bytes(serialization.Encoding.PEM), 0o644)
    return True


def _pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _signs_documents() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write(file: Path, content: bytes, mode: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
        out.write(content)
