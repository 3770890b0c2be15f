"""The page of reports, on paper and in a spreadsheet: any time, and what is not a time."""

from datetime import date, timedelta
from io import BytesIO

import pytest
import time_machine
from django.urls import reverse
from openpyxl import load_workbook

from portal.audit.models import AuditEvent
from portal.demo.history_cases import write_cases
from portal.lib import clock
from portal.reports.indicators import indicators
from tests.app import factories
from tests.app.factories import NOW
from tickets.seeding import seed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nine_in_the_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def reader(browser_of, auditor):
    return browser_of(auditor)


def text_of(answer):
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ({}, "Laporan, November 2026"),
        ({"rentang": "triwulan", "mulai": "2026-05-09"}, "Laporan, Triwulan 2 2026"),
        ({"rentang": "tahun", "mulai": "2025-05-09"}, "Laporan, 2025"),
        (
            {"rentang": "bebas", "mulai": "2026-01-05", "sampai": "2026-02-04"},
            "Laporan, 5 Januari 2026 sampai 4 Februari 2026",
        ),
    ],
)
def test_any_time_can_be_asked_for(reader, asked, title):
    factories.morning(10)
    assert title in text_of(reader.get(reverse("laporan"), asked))


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (
            {"rentang": "bebas", "mulai": "2026-02-05", "sampai": "2026-02-04"},
            "tidak sebelum hari pertama",
        ),
        ({"rentang": "bebas", "mulai": "2001-02-05", "sampai": "2026-02-04"}, "Paling lama enam"),
        ({"mulai": "2031-01-01"}, "Hari ini belum tiba."),
        ({"mulai": "kemarin"}, "tanggal"),
        ({"rentang": "abad"}, "abad"),
    ],
)
def test_what_is_no_time_is_refused_at_its_field_and_this_month_is_shown(reader, asked, sentence):
    text = text_of(reader.get(reverse("laporan"), asked))
    assert sentence in text
    assert "Laporan, November 2026" in text


def test_an_empty_portal_has_a_report_without_figures(reader):
    text = text_of(reader.get(reverse("laporan")))
    assert "0 dari 0 malam" in text
    assert "Tidak ada pemulihan pada rentang ini." in text


def test_the_spreadsheet_holds_numbers_and_the_trail_says_who_took_it(reader, auditor):
    factories.morning(40)
    seed(NOW)
    write_cases(20, NOW - timedelta(days=20), NOW - timedelta(hours=3))
    answer = reader.get(reverse("laporan-xlsx"))
    book = load_workbook(BytesIO(answer.content))
    assert "Malam tersimpan" in book.sheetnames
    figures = dict(book["Indikator"].values)
    # seven sources until today, and the paused one until it was paused
    assert figures["Malam jatuh tempo"] == 178
    event = AuditEvent.objects.get(verb="report.exported")
    assert event.actor_user == auditor.pk


def test_the_report_on_paper_is_a_pdf(reader):
    factories.morning(10)
    answer = reader.get(reverse("laporan-pdf"), {"rentang": "tahun"})
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert "laporan-pulih-2026-01-01" in answer.headers["Content-Disposition"]


def test_whoever_has_no_work_here_is_refused(browser_of, reporter, stranger):
    for person in (reporter, stranger):
        for name in ("laporan", "laporan-pdf", "laporan-xlsx"):
            assert browser_of(person).get(reverse(name)).status_code == 403


def test_a_report_takes_a_fixed_number_of_queries(reader, django_assert_max_num_queries):
    for n in range(6):
        factories.nights(factories.source(f"Sumber {n}"), 20)
    seed(NOW)
    write_cases(40, NOW - timedelta(days=20), NOW - timedelta(hours=3))
    with django_assert_max_num_queries(24):
        reader.get(reverse("laporan"))


def test_the_sentence_divides_by_what_the_share_divides_by(reader, desk):
    """Whoever may still answer is told of beside it, and weighs on neither side."""
    seed(NOW)
    write_cases(60, NOW - timedelta(days=200), NOW - timedelta(hours=3))
    desk.waiting_confirmation()
    answers = indicators(date(2026, 1, 1), clock.wib_date(NOW), NOW).returned.answers
    assert answers.confirmed < answers.settled < answers.asked
    text = text_of(reader.get(reverse("laporan"), {"rentang": "tahun"}))
    said = f"{answers.confirmed} dari {answers.settled} pelapor yang ditanya menyatakan sesuai"
    assert f"{said}; {answers.awaited} masih ditunggu" in text
