"""What leaves the house and what walks the bytes: the head by mail, the nightly reading."""

import json
from io import BytesIO, StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from portal import anchoring
from portal.audit import triggers
from portal.audit.models import AuditEvent
from portal.audit.record import head as trail_head
from tests.app.cases import DAY, HOUR
from tests.app.records import NOON, issued_of, to_be_signed
from tests.app.test_records_pages import flip_a_byte
from tickets import record_mails
from tickets.actions import recording
from tickets.models import BeritaAcara, ByteWalk, RecordFile
from tickets.records import verification


def test_the_walk_reads_papers_and_letters_and_finds_them_whole(desk, head):
    issued_of(desk)
    walk = verification.walk(NOON)
    assert (walk.files, walk.bad, walk.state) == (2, [], "intact")


def test_the_walk_names_a_changed_byte_and_a_paper_that_is_gone(desk, head):
    record = issued_of(desk)
    flip_a_byte(record)
    (bad,) = verification.walk(NOON).bad
    assert bad["name"] == record.files.get().name


def test_the_walk_finds_a_letter_whose_file_was_changed(desk, head):
    letter = desk.with_letter(desk.searched()).letters.get()
    letter.scan.file.storage.delete(letter.scan.file.name)
    letter.scan.file.storage.save(letter.scan.file.name, BytesIO(b"%PDF lain"))
    (bad,) = verification.walk(NOON).bad
    assert bad["name"].startswith(letter.number)


def test_verify_audit_tells_of_papers_too(desk, head):
    record, out = issued_of(desk), StringIO()
    call_command("verify_audit", "--json", stdout=out)
    assert json.loads(out.getvalue())["papers"] == 2
    flip_a_byte(record)
    with pytest.raises(CommandError, match="tidak lagi sama"):
        call_command("verify_audit", "--json", stdout=out)


def test_the_head_goes_to_two_people_each_night(desk, auditor, administrator, mailoutbox):
    desk.received()
    anchoring.nightly()
    assert [mail.to for mail in mailoutbox] == [[auditor.email], [administrator.email]]
    assert str(trail_head()) in mailoutbox[0].body
    assert ByteWalk.objects.count() == 1


def test_the_witnesses_that_are_set_come_first(desk, auditor, settings, mailoutbox):
    settings.PULIH_WITNESSES = ["satu@luar.example", "dua@luar.example"]
    anchoring.nightly()
    assert [mail.to[0] for mail in mailoutbox] == settings.PULIH_WITNESSES


def test_with_the_mailed_head_a_cut_end_is_found(desk, head, auditor, mailoutbox):
    issued_of(desk)
    anchoring.nightly()
    anchor = mailoutbox[0].body.split("\n\n")[1].strip()
    triggers.disarm(connection)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM audit_auditevent WHERE sequence > %s", [int(anchor.split(":")[0]) - 2]
        )
    triggers.arm(connection)
    with pytest.raises(CommandError, match="cut off: at least 2 missing"):
        call_command("verify_audit", "--anchor", anchor, stdout=StringIO())


def test_every_record_carries_the_trail_s_head_as_it_was(desk, head):
    record = issued_of(desk)
    sequence, _, digest = record.stamp["anchor"].partition(":")
    assert AuditEvent.objects.get(sequence=sequence).hash == digest
    call_command("verify_audit", "--anchor", record.stamp["anchor"], stdout=StringIO())


def test_signers_are_asked_once_in_their_turn_and_reminded_by_day(
    desk, head, institution, mailoutbox
):
    record = to_be_signed(desk, head)
    mailoutbox.clear()
    assert record_mails.ask_and_remind(NOON - 5 * HOUR) == 0
    assert record_mails.ask_and_remind(NOON) == 1
    assert record_mails.ask_and_remind(NOON + HOUR) == 0
    assert [mail.to for mail in mailoutbox] == [[desk.reporter.email]]
    assert f"/tanda-tangan/{record.pk}/" in mailoutbox[0].body
    assert record_mails.ask_and_remind(NOON + 2 * DAY) == 1
    recording.sign(BeritaAcara.objects.get(), desk.reporter, NOON)
    assert record_mails.ask_and_remind(NOON + HOUR) == 1
    assert mailoutbox[-1].to == [desk.executor.email]


def test_nothing_is_stored_twice(desk, head):
    issued_of(desk)
    assert RecordFile.objects.count() == 1
