"""Telling staff by other ways than mail: a webhook that listens here, its address kept sealed."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.db import IntegrityError, transaction

from portal.audit.models import AuditEvent
from portal.lib.seal import seal
from tests.app.cases import HOUR, MONDAY, act
from tickets import paging, tasks
from tickets.actions import talking
from tickets.mailing import deliver_due
from tickets.models import Channel, Delivery, Notice

pytestmark = pytest.mark.django_db

SECRET = "kunci-rahasia"


class Hook(BaseHTTPRequestHandler):
    """Takes webhooks as long as its server's `takes` says so."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.takes:
            self.server.heard.append(json.loads(body))
        self.send_response(200 if self.server.takes else 503)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def hook():
    server = HTTPServer(("127.0.0.1", 0), Hook)
    server.takes, server.heard = True, []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


@pytest.fixture
def channel(desk, hook):
    address = f"json://127.0.0.1:{hook.server_port}/{SECRET}"
    return Channel.objects.create(user=desk.analyst, name="Ponsel", url_secret=seal(address))


def paged() -> Notice:
    return Notice.objects.get(channel__isnull=False)


def test_staff_hear_by_their_channel_and_by_mail_of_one_event_once_each(desk, channel, hook):
    ticket = desk.filed()
    assert Notice.objects.filter(address=desk.analyst.email).count() == 2
    assert paging.deliver_due(MONDAY) == 1
    assert paging.deliver_due(MONDAY + HOUR) == 0
    (heard,) = hook.heard
    assert ticket.number in heard["title"]
    assert f"/staf/tiket/{ticket.number}/" in heard["message"]


def test_nothing_that_people_wrote_leaves_the_university(desk, channel, hook):
    ticket = desk.in_analysis()
    talking.write(ticket, act(desk.reporter, ticket, "RAHASIA-PELAPOR"))
    paging.deliver_due(MONDAY)
    said = json.dumps(hook.heard)
    assert hook.heard
    for words in ("RAHASIA", ticket.subject, ticket.reporter_name, ticket.reporter_email):
        assert words not in said


def test_a_service_that_is_down_is_asked_again_and_its_address_stands_nowhere(
    desk, channel, hook, caplog
):
    hook.takes = False
    desk.filed()
    assert paging.deliver_due(MONDAY) == 0
    waiting = paged()
    assert waiting.state == Delivery.WAITING
    assert SECRET not in waiting.error + caplog.text
    hook.takes = True
    assert paging.deliver_due(MONDAY + HOUR) == 1


def test_mail_and_channel_do_not_hold_each_other_up(desk, channel, hook, mailoutbox):
    hook.takes = False
    desk.filed()
    assert deliver_due(MONDAY) == 2  # the reporter and the analyst
    assert paged().state == Delivery.WAITING
    assert len(mailoutbox) == 2


def test_a_channel_that_is_switched_off_hears_nothing(desk, channel):
    Channel.objects.update(enabled=False)
    desk.filed()
    assert not Notice.objects.filter(channel__isnull=False).exists()


def test_an_address_that_nobody_knows_is_a_failure_and_no_crash(desk, channel):
    Channel.objects.update(url_secret=seal("tidak-dikenal://x"))
    desk.filed()
    assert paging.deliver_due(MONDAY) == 0
    assert "none that Apprise knows" in paged().error


def test_the_workers_task_sends_both(desk, channel, hook, mailoutbox, time_machine):
    time_machine.move_to(MONDAY)
    desk.filed()
    tasks.deliver_event(paged().event)
    assert len(hook.heard) == 1
    assert len(mailoutbox) == 2


def test_the_database_takes_no_plain_address(desk, channel):
    with pytest.raises(IntegrityError), transaction.atomic():
        Channel.objects.update(url_secret="json://127.0.0.1/x")


def test_an_administrator_types_an_address_that_is_never_shown_again(
    desk, administrator, browser_of
):
    administrator.is_staff = administrator.is_superuser = True
    administrator.save()
    browser = browser_of(administrator)
    form = {"user": desk.analyst.pk, "name": "Ponsel", "enabled": "on"}
    assert (
        "Tuliskan alamatnya" in browser.post("/admin/tickets/channel/add/", form).content.decode()
    )
    browser.post("/admin/tickets/channel/add/", form | {"url": f"json://x/{SECRET}"})
    kept = Channel.objects.get()
    assert SECRET not in kept.url_secret
    page = browser.get(f"/admin/tickets/channel/{kept.pk}/change/").content.decode()
    assert SECRET not in page
    browser.post(f"/admin/tickets/channel/{kept.pk}/change/", form | {"name": "Lama"})
    assert Channel.objects.get().url_secret == kept.url_secret
    verbs = list(AuditEvent.objects.order_by("sequence").values_list("verb", flat=True))
    assert verbs[-2:] == ["channel.added", "channel.changed"]
