"""Whether the institution's certificate counts, and the sentence where it does not."""

from datetime import UTC, datetime, timedelta

import pytest

from tickets.records.certificate import Certificate, read, why_not

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def lasting(begins: timedelta, ends: timedelta) -> Certificate:
    return Certificate("BPTI", "ab" * 32, NOW + begins, NOW + ends)


@pytest.mark.parametrize(
    ("certificate", "why"),
    [
        (None, "belum dipasang"),
        (lasting(-2 * DAY, -DAY), "berakhir 22 November 2026"),
        (lasting(-DAY, timedelta(0)), "berakhir 23 November 2026"),
        (lasting(DAY, 2 * DAY), "belum berlaku"),
    ],
)
def test_a_certificate_that_does_not_count_says_why(certificate, why):
    assert why in why_not(certificate, NOW)


def test_a_certificate_counts_between_its_two_days():
    assert why_not(lasting(-DAY, DAY), NOW) == ""


@pytest.mark.parametrize("content", [b"", b"bukan sertifikat", b"-----BEGIN CERTIFICATE-----\n"])
def test_a_file_that_is_no_certificate_is_none(tmp_path, content):
    (tmp_path / "x.pem").write_bytes(content)
    assert read(tmp_path / "x.pem") is None
    assert read(tmp_path / "tidak-ada.pem") is None
