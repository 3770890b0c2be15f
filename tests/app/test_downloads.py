"""Downloads: only the person, with the key, once, within the days; and the key stands nowhere."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from backups.downloading import download_file
from backups.errors import OrderRefused
from backups.jobs import download_care, lifecycle
from backups.models import Download, JobState, RestoreJob, RestoreTarget
from backups.restoring import Order, cancel_restore, order_again, order_restore
from portal.audit.models import AuditEvent
from tests.app import downloads
from tests.app.cases import DAY, HOUR, MONDAY, act, fresh
from tests.app.downloads import PLAIN
from tests.app.people import person as new_person
from tests.app.test_cases_restoring import started
from tests.app.test_tracking import link, text_of
from tickets.actions import approving, restoring
from tickets.models import Entry, Target
from tickets.workflow import State

pytestmark = pytest.mark.django_db
NOW = MONDAY + HOUR
SCOPE = {"kind": "tables", "names": ["public.nilai"]}


@pytest.fixture(autouse=True)
def _monday(time_machine, settings, tmp_path):
    time_machine.move_to(NOW)
    settings.PULIH_DOWNLOADS = tmp_path / "downloads"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def of_case(desk):
    """A case whose reporter has an account, and its download; `key` opens it."""
    ticket, job = started(desk, target=Target.DOWNLOAD)
    download = job.download
    key = downloads.made(download, NOW)
    return ticket, download, key


def fetched(client, address, key):
    """Ask for the archive; return the answer and its bytes when there are any."""
    answer = client.post(address, {"kunci": key})
    return answer, b"".join(answer.streaming_content) if answer.streaming else b""


def page_of(ticket, download):
    return link(ticket, "tiket-unduhan", download.pk)


# Who gets it


def test_the_approved_plan_makes_a_download_for_its_reporter_and_touches_nothing(desk):
    _, job = started(desk, target=Target.DOWNLOAD)
    assert (job.target, job.scope) == (RestoreTarget.DOWNLOAD, SCOPE)
    assert (job.download.person, job.download.out) == (desk.reporter, "")
    assert job.download.address == desk.reporter.email
    assert not job.can_undo(NOW)


def test_only_the_reporter_gets_it_whoever_has_link_and_key(of_case, people, browser_of, client):
    ticket, download, key = of_case
    others = [new_person("dina"), *(who for name, who in people.items() if name != "reporter")]
    for other in [client, *map(browser_of, others)]:
        answer, content = fetched(other, page_of(ticket, download), key)
        assert (answer.status_code, content) == (403, b"")
    download.refresh_from_db()
    assert (download.begun_at, download.taken_at) == (None, None)
    answer, content = fetched(browser_of(people["reporter"]), page_of(ticket, download), key)
    assert answer.status_code == 200
    assert content == PLAIN
    assert answer["Content-Disposition"].startswith("attachment")
    assert int(answer["Content-Length"]) == len(PLAIN)


def test_a_reporter_without_an_account_comes_by_the_link_of_the_case(desk, client, browser_of):
    ticket, job = started(desk, target=Target.DOWNLOAD)
    Download.objects.update(person=None)
    key = downloads.made(job.download, NOW)
    wrong = reverse("tiket-unduhan", args=[ticket.number, "x" * 32, job.download.pk])
    assert fetched(client, wrong, key)[0].status_code == 404
    staff = browser_of(desk.analyst)
    assert fetched(staff, reverse("unduhan", args=[job.download.pk]), key)[0].status_code == 404
    assert fetched(client, page_of(ticket, job.download), key)[1] == PLAIN


def test_the_link_of_another_case_opens_nothing(of_case, desk, browser_of):
    _, download, key = of_case
    other = desk.filed()
    answer, _ = fetched(browser_of(desk.reporter), page_of(other, download), key)
    assert answer.status_code == 404


def test_without_a_case_it_is_the_named_accounts_alone(desk, people, browser_of, client):
    download = downloads.ordered(desk.night, NOW, desk.approver)
    key = downloads.made(download, NOW)
    address = reverse("unduhan", args=[download.pk])
    assert reverse("masuk") in fetched(client, address, key)[0].url
    for name, who in people.items():
        if who != desk.approver:
            assert fetched(browser_of(who), address, key)[0].status_code in {403, 404}, name
    assert fetched(browser_of(desk.approver), address, key)[1] == PLAIN


# The key


def columns_of_the_database():
    """Return every value of every column of the portal's database, as text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                yield from map(str, row)


def test_the_key_stands_in_the_mail_and_in_no_column_no_log_and_no_page(
    of_case, browser_of, desk, caplog
):
    ticket, download, key = of_case
    half = key[8:24]
    assert not any(half in value for value in columns_of_the_database())
    assert download_care.mail(download.pk, NOW)
    assert not download_care.mail(download.pk, NOW)
    [letter] = mail.outbox
    assert letter.to == [desk.reporter.email]
    token = page_of(ticket, download)
    assert f"http://localhost:8000{token}#{key}" in letter.body
    assert "siap diunduh" in letter.subject
    download.refresh_from_db()
    assert download.key_secret == ""
    for who, address in (
        (desk.reporter, page_of(ticket, download)),
        (desk.reporter, link(ticket)),
        (desk.analyst, download.restore.get_absolute_url()),
    ):
        page = browser_of(who).get(address).content.decode()
        assert half not in page
    assert fetched(browser_of(desk.reporter), page_of(ticket, download), key)[1] == PLAIN
    assert not any(half in value for value in columns_of_the_database())
    assert half not in caplog.text


def test_what_lies_on_the_disk_shows_nothing_of_the_data(of_case):
    _, download, _ = of_case
    assert b"mahasiswa" not in download_file(download).read_bytes()


def test_neither_key_nor_page_can_be_kept_unsealed(of_case):
    _, download, key = of_case
    for column in ("key_secret", "page_secret"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Download.objects.filter(pk=download.pk).update(**{column: key})


@pytest.mark.parametrize("wrong", ["", "bukan-kunci", "x" * 43, "é" * 43, "\0", "k" * 400])
def test_a_wrong_key_is_answered_with_one_sentence_and_loses_nothing(
    of_case, browser_of, desk, wrong
):
    ticket, download, key = of_case
    client = browser_of(desk.reporter)
    answer, content = fetched(client, page_of(ticket, download), wrong)
    assert (answer.status_code, content) == (200, b"")
    assert "invalid-feedback" in answer.content.decode()
    assert fetched(client, page_of(ticket, download), f"https://x/#{key} ")[1] == PLAIN


def test_a_mail_that_did_not_leave_is_tried_again_and_staff_see_why(
    of_case, monkeypatch, browser_of, desk
):
    _, download, _ = of_case

    def refuse(_):
        raise OSError("no route to the mail server")

    with monkeypatch.context() as patched:
        patched.setattr("django.core.mail.EmailMessage.send", refuse)
        download_care.every_minute(NOW)
    page = browser_of(desk.analyst).get(download.restore.get_absolute_url()).content.decode()
    assert "no route to the mail server" in page
    download_care.every_minute(NOW)
    assert not mail.outbox
    download_care.every_minute(NOW + timedelta(minutes=5))
    download_care.every_minute(NOW + timedelta(minutes=6))
    assert len(mail.outbox) == 1


# Once


def test_it_is_handed_over_once_and_then_the_file_is_gone(of_case, browser_of, desk):
    ticket, download, key = of_case
    client = browser_of(desk.reporter)
    assert fetched(client, page_of(ticket, download), key)[1] == PLAIN
    answer, content = fetched(client, page_of(ticket, download), key)
    assert (answer.status_code, content) == (410, b"")
    assert "sudah diunduh" in text_of(answer)
    assert download_care.tidy(NOW) == 1
    assert not download_file(download).exists()
    verbs = list(AuditEvent.objects.values_list("verb", flat=True))
    assert verbs.count("download.begun") == verbs.count("download.taken") == 1
    told = Entry.objects.get(ticket=ticket, move="take_download")
    assert (told.author, told.public) == (desk.reporter, True)
    assert "Data diunduh" in text_of(browser_of(desk.analyst).get(ticket.get_absolute_url()))


def test_a_fetch_that_breaks_off_loses_nothing(of_case, browser_of, desk):
    ticket, download, key = of_case
    client = browser_of(desk.reporter)
    answer = client.post(page_of(ticket, download), {"kunci": key})
    pieces = iter(answer.streaming_content)
    assert PLAIN.startswith(next(pieces))
    answer._iterator.close()  # the person's connection is cut: the server closes the iterator
    download.refresh_from_db()
    assert (download.taken_at, download.lease) == (None, "")
    assert fetched(client, page_of(ticket, download), key)[1] == PLAIN


def test_all_but_the_end_is_not_all(of_case, browser_of, desk):
    ticket, download, key = of_case
    client = browser_of(desk.reporter)
    answer = client.post(page_of(ticket, download), {"kunci": key})
    pieces = iter(answer.streaming_content)
    got = b""
    while len(got) < len(PLAIN):
        got += next(pieces)
    download.refresh_from_db()
    assert download.taken_at is None  # the last byte is with us, and not handed over yet
    answer._iterator.close()
    assert fetched(client, page_of(ticket, download), key)[1] == PLAIN


def test_two_at_a_time_never_run_and_a_dead_one_gives_way(of_case, browser_of, desk, time_machine):
    ticket, download, key = of_case
    client = browser_of(desk.reporter)
    first = client.post(page_of(ticket, download), {"kunci": key})
    pieces = iter(first.streaming_content)
    next(pieces)
    second, content = fetched(client, page_of(ticket, download), key)
    assert content == b""
    assert "sedang berjalan" in text_of(second)
    time_machine.move_to(NOW + timedelta(minutes=3))
    assert fetched(client, page_of(ticket, download), key)[1] == PLAIN
    with pytest.raises(ConnectionAbortedError):
        list(pieces)


def test_a_damaged_file_is_never_taken_for_whole(of_case, browser_of, desk):
    ticket, download, key = of_case
    path = download_file(download)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    client = browser_of(desk.reporter)
    answer = client.post(page_of(ticket, download), {"kunci": key})
    with pytest.raises(Exception, match="damaged"):
        b"".join(answer.streaming_content)
    download.refresh_from_db()
    assert (download.taken_at, download.lease) == (None, "")
    path.unlink()
    answer, _ = fetched(client, page_of(ticket, download), key)
    assert "tidak dapat dibaca" in text_of(answer)


# Its end


def test_after_its_days_it_is_gone_whoever_asks(of_case, browser_of, desk, time_machine):
    ticket, download, key = of_case
    assert "siap diunduh sampai" in text_of(browser_of(desk.reporter).get(link(ticket)))
    time_machine.move_to(NOW + 8 * DAY)
    client = browser_of(desk.reporter)
    answer, content = fetched(client, page_of(ticket, download), key)
    assert (answer.status_code, content) == (410, b"")
    assert "sudah habis" in text_of(answer)
    assert "tidak dapat diambil lagi" in text_of(client.get(link(ticket)))
    assert download_care.tidy(NOW + 8 * DAY) == 1
    assert not download_file(download).exists()


def test_a_fetch_under_way_is_not_swept_from_under_it(of_case, browser_of, desk, time_machine):
    ticket, download, key = of_case
    time_machine.move_to(NOW + 7 * DAY - timedelta(seconds=5))
    client = browser_of(desk.reporter)
    answer = client.post(page_of(ticket, download), {"kunci": key})
    pieces = iter(answer.streaming_content)
    got = next(pieces)
    time_machine.move_to(NOW + 7 * DAY + timedelta(seconds=5))
    assert download_care.tidy(NOW + 7 * DAY + timedelta(seconds=5)) == 0
    assert got + b"".join(pieces) == PLAIN


def test_the_sweep_removes_what_a_killed_worker_left_and_nothing_else(of_case, desk):
    _, download, _ = of_case
    home = download_file(download).parent
    dead = home / f".{download.restore_id}-{'0' * 16}.pulih.part"
    unknown = home / f"999999-{'0' * 16}.pulih"
    foreign = home / "catatan operator.txt"
    for path in (dead, unknown, foreign):
        path.write_bytes(b"x")
    assert download_care.tidy(NOW) == 2
    assert {path.name for path in home.iterdir()} == {download.file, foreign.name}


def test_made_anew_it_has_another_key_and_the_old_one_opens_nothing(of_case, browser_of, desk):
    ticket, download, key = of_case
    job = order_again(download, desk.analyst, NOW)
    assert (job.download.person, job.download.address) == (desk.reporter, desk.reporter.email)
    assert (job.scope, job.reference_name) == (SCOPE, ticket.number)
    client = browser_of(desk.reporter)
    answer, content = fetched(client, page_of(ticket, download), key)
    assert (answer.status_code, content) == (410, b"")
    assert "email terbaru" in text_of(answer)
    again = downloads.made(job.download, NOW)
    assert again != key
    answer, content = fetched(client, page_of(ticket, job.download), key)
    assert (answer.status_code, content) == (200, b"")
    assert fetched(client, page_of(ticket, job.download), again)[1] == PLAIN
    assert restoring.settle_ended(job.pk, NOW) is True


def test_staff_make_it_anew_and_take_it_back_and_nobody_else_does(of_case, people, browser_of):
    _, download, _ = of_case
    again, back = (
        reverse(name, args=[download.restore_id]) for name in ("unduhan-baru", "tarik-unduhan")
    )
    for name in ("reporter", "front_desk", "approver", "auditor", "stranger"):
        for address in (again, back):
            assert browser_of(people[name]).post(address).status_code == 403, name
    client = browser_of(people["analyst"])
    assert "ditarik" in text_of(client.post(back, follow=True))
    assert "tidak lagi menunggu" in text_of(client.post(back, follow=True))
    assert "Unduhan baru dibuat" in text_of(client.post(again, follow=True))
    assert "Belum dapat dibuat lagi" in text_of(client.post(again, follow=True))
    assert Download.objects.count() == 2


# Orders


def test_a_download_never_stands_in_the_way_of_a_restore(desk):
    downloads.ordered(desk.night, NOW, desk.reporter)
    with pytest.raises(OrderRefused, match="made into a download already"):
        downloads.ordered(desk.night, NOW, desk.reporter)
    live = Order(desk.night, RestoreTarget.LIVE, emergency="SIAKAD rusak")
    assert order_restore(live, NOW).state == JobState.QUEUED


def test_a_download_for_nobody_is_refused(desk):
    with pytest.raises(OrderRefused, match="Nobody is named"):
        order_restore(Order(desk.night, RestoreTarget.DOWNLOAD), NOW)
    assert not RestoreJob.objects.exists()


def test_it_can_be_stopped_also_by_the_worker_that_took_it_over(desk, browser_of):
    job = downloads.ordered(desk.night, NOW, desk.reporter).restore
    assert cancel_restore(job, desk.analyst, NOW)
    job = downloads.ordered(desk.night, NOW, desk.reporter).restore
    lifecycle.claim(RestoreJob, job.pk, NOW)
    RestoreJob.objects.filter(pk=job.pk).update(recovering=True, phase="pack")
    page = text_of(browser_of(desk.analyst).get(job.get_absolute_url()))
    assert "tidak disentuh" in page
    assert 'id="hentikan">' in page
    browser_of(desk.analyst).post(reverse("hentikan-pemulihan", args=[job.pk]))
    job.refresh_from_db()
    assert job.cancel_requested_at


def test_the_case_is_told_and_the_reporter_asked_whether_it_is_right(of_case, desk, browser_of):
    ticket, download, _ = of_case
    assert restoring.settle_ended(download.restore_id, NOW)
    ticket = fresh(ticket)
    assert ticket.step is State.RESTORED
    restoring.verify(ticket, act(desk.analyst, ticket, "Silakan diunduh dan diperiksa."))
    page = text_of(browser_of(desk.reporter).get(link(ticket)))
    assert "siap diunduh sampai" in page
    assert "Data Anda sudah kami siapkan" in page


def test_the_plan_page_offers_a_download_and_the_approver_reads_to_whom(desk, browser_of):
    ticket = desk.with_letter(desk.searched())
    page = browser_of(desk.analyst).get(reverse("tiket-rencana", args=[ticket.number]))
    assert 'value="download"' in page.content.decode()
    browser_of(desk.analyst).post(
        reverse("tiket-rencana", args=[ticket.number]),
        {"salinan": desk.night.pk, "cakupan": "whole", "tujuan": "download", "terhapus": "no",
         "pelaksana": desk.executor.pk, "nama_tujuan": "diabaikan", "versi": ticket.version},
    )  # fmt: skip
    plan = fresh(ticket).plans.get()
    assert (plan.target, plan.target_name) == (Target.DOWNLOAD, "")
    ticket = fresh(ticket)
    approving.request_approval(ticket, act(desk.analyst, ticket))
    page = text_of(browser_of(desk.approver).get(reverse("putusan", args=[ticket.number])))
    assert "Diberikan kepada" in page
    assert desk.reporter.email in page
