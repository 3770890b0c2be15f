"""Looking at the systems: what a look finds, what is kept of it, and what people are told."""

from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from backups.jobs import probing
from backups.jobs.probing import Answer, Look, note
from backups.models import Alert, AlertKind, InformationSystem, PlannedWork, Stretch
from backups.reach import records, standing_now
from tests.app import factories
from tests.app.factories import NOW

pytestmark = pytest.mark.django_db

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
UP, DOWN = Answer(up=True, milliseconds=12), Answer(up=False, why="PageFault", detail="HTTP 502")


class Site(BaseHTTPRequestHandler):
    """A system's page that answers as its address says: /200, /302, /503, /file."""

    def do_GET(self):
        code = {"/file": 302}.get(self.path) or int(self.path.strip("/"))
        self.send_response(code)
        if code == 302:
            self.send_header("Location", "file:///etc/passwd" if "file" in self.path else "/200")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def site():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def siakad():
    return InformationSystem.objects.create(name="SIAKAD", slug="siakad")


def look(system):
    return Look(lambda: UP, system=system)


def seen(system, *answers, start=NOW, every=5 * MINUTE):
    """Look again and again; return the moment of the last look."""
    for n, answer in enumerate(answers):
        note(look(system), answer, start + n * every)
    return start + (len(answers) - 1) * every


@pytest.mark.parametrize(("path", "up"), [("/200", True), ("/302", True), ("/401", True)])
def test_a_page_that_answers_is_up(site, path, up):
    assert probing.ask_page(site + path).up is up


@pytest.mark.parametrize(
    ("path", "why"), [("/503", "PageFault"), ("/404", "PageFault"), ("/file", "PageFault")]
)
def test_a_page_that_fails_is_down_and_says_how(site, path, why):
    answer = probing.ask_page(site + path)
    assert (answer.up, answer.why) == (False, why)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://127.0.0.1:9/", "PageUnreachable"),
        ("http://tidak-ada.invalid/", "PageNoAddress"),
        ("file:///etc/passwd", "PageUnreachable"),
    ],
)
def test_what_is_no_page_is_down_and_never_read(url, why):
    answer = probing.ask_page(url)
    assert (answer.up, answer.why) == (False, why)


def test_a_quiet_day_is_one_row(siakad):
    last = seen(siakad, *[UP] * 288)
    stretch = Stretch.objects.get()
    assert (stretch.looks, stretch.seen_at, stretch.ended_at) == (288, last, None)


def test_a_change_ends_one_stretch_and_begins_another(siakad):
    seen(siakad, UP, UP, DOWN, DOWN, UP)
    kept = Stretch.objects.order_by("began_at").values_list("up", "looks", "ended_at")
    assert list(kept) == [
        (True, 2, NOW + 10 * MINUTE),
        (False, 2, NOW + 20 * MINUTE),
        (True, 1, None),
    ]


def test_time_in_which_nobody_looked_counts_neither_way(siakad):
    seen(siakad, UP, UP)
    seen(siakad, UP, UP, start=NOW + 3 * HOUR)
    record = records([siakad], NOW, NOW + 4 * HOUR)[siakad.pk]
    assert record.counted == 10 * MINUTE
    assert record.share == 1.0


def test_a_second_worker_at_the_same_moment_writes_nothing(siakad):
    for _ in range(2):
        note(look(siakad), UP, NOW)
    assert Stretch.objects.get().looks == 1


def test_one_lost_answer_is_asked_again_before_it_counts():
    answers = iter([DOWN, UP])
    assert probing._twice(lambda: next(answers)).up


def test_a_system_is_down_while_its_page_or_its_database_is(siakad):
    source = factories.source()
    siakad.sources.add(source)
    seen(siakad, *[UP] * 13)
    for n, answer in enumerate([UP, DOWN, DOWN, UP, UP]):
        note(Look(lambda: UP, source=source), answer, NOW + n * 15 * MINUTE)
    record = records([siakad], NOW, NOW + HOUR)[siakad.pk]
    assert record.lost == 30 * MINUTE
    assert record.share == 0.5
    assert standing_now(NOW + HOUR)[siakad.pk].up is True


def test_announced_work_is_counted_apart(siakad, administrator):
    PlannedWork.objects.create(
        words="Pindah server",
        starts_at=NOW,
        ends_at=NOW + 30 * MINUTE,
        announced_at=NOW - HOUR,
        announced_by=administrator,
    )
    seen(siakad, DOWN, DOWN, DOWN, UP, UP, every=15 * MINUTE)
    record = records([siakad], NOW, NOW + HOUR)[siakad.pk]
    assert record.lost_in_plan == 30 * MINUTE
    assert record.lost == 15 * MINUTE
    assert record.share == 0.5


def test_what_was_seen_long_ago_says_nothing_of_now(siakad):
    seen(siakad, UP)
    assert standing_now(NOW + HOUR) == {}


def test_an_alarm_opens_when_it_stays_away_and_ends_when_it_is_back(siakad, monkeypatch):
    siakad.url = "http://siakad.example/"
    siakad.save()
    answers = {"now": DOWN}
    monkeypatch.setattr(probing, "ask_page", lambda url: answers["now"])
    probing.probe_systems(NOW)
    probing.probe_systems(NOW + 5 * MINUTE)
    assert not Alert.objects.exists()
    probing.probe_systems(NOW + 10 * MINUTE)
    alert = Alert.objects.get(kind=AlertKind.UNREACHABLE, cleared_at=None)
    assert alert.system == siakad
    answers["now"] = UP
    probing.probe_systems(NOW + 15 * MINUTE)
    assert not Alert.objects.filter(cleared_at=None).exists()


def test_a_database_behind_a_system_is_asked_and_a_folder_is_not(siakad, tmp_path):
    library = factories.source("Perpustakaan", "sqlite", path=str(tmp_path / "tidak-ada.sqlite"))
    siakad.sources.add(library, factories.source("Dokumen", "files", path=str(tmp_path)))
    assert probing.probe_systems(NOW) == 1
    assert Stretch.objects.get().source == library
    assert Stretch.objects.get().why == "SourceUnreachable"
