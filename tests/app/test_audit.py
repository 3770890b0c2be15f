import io
import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.transaction import TransactionManagementError

from portal.accounts.models import RoleGrant, User
from portal.audit import triggers
from portal.audit.chain import GENESIS, START, Anchor, NotCanonical, canonical, seal
from portal.audit.models import LINK_COLUMNS, AuditEvent, AuditPerson, AuditWalk
from portal.audit.record import Subject, erase_person, head, record
from portal.audit.verify import Link, verify
from portal.audit.walks import nightly, walk

NIGHT = Subject("backups.night", "2026-11-23")
WRITERS = 6
EVENTS_EACH = 15


def tell(count: int = 1, actor="system:test") -> list[AuditEvent]:
    with transaction.atomic():
        return [
            record("night.opened", actor=actor, subject=NIGHT, facts={"sources": number})
            for number in range(count)
        ]


def sql(statement: str, *values) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def refused_by_the_database(statement: str) -> bool:
    try:
        with transaction.atomic():
            sql(statement)
    except DatabaseError:
        return True
    return False


def resealed(event: AuditEvent) -> str:
    return seal(Link(*(getattr(event, column) for column in LINK_COLUMNS)))


@pytest.fixture
def tamper(db):
    """Ten events, and a database that no longer refuses anything."""
    tell(10)
    triggers.disarm(connection)
    return sql


# What is recorded


def test_an_event_keeps_who_what_about_what_and_the_facts(analyst):
    with transaction.atomic():
        event = record(
            "source.changed", actor=analyst, subject=analyst, facts={"host": ["lama", "baru"]}
        )
    event.refresh_from_db()
    assert (event.sequence, event.previous) == (1, GENESIS)
    assert (event.actor, event.actor_user) == ("analyst", analyst.pk)
    assert (event.object_kind, event.object_id) == ("accounts.user", str(analyst.pk))
    assert event.facts == {"host": ["lama", "baru"]}
    assert verify([event.anchor]).events == 1


def test_all_roles_held_at_that_moment_are_told(approver):
    RoleGrant.objects.create(user=approver, role="analyst")
    assert tell(actor=approver)[0].actor == "analyst,approver"


def test_no_word_in_the_chain_says_who_it_was(analyst):
    event = tell(actor=analyst)[0]
    words = json.dumps(AuditEvent.objects.values().get(pk=event.pk), default=str)
    assert not any(
        word in words for word in (analyst.username, analyst.full_name, analyst.identity_number)
    )
    assert AuditPerson.objects.get(pk=event.person).full_name == analyst.full_name


def test_a_person_gets_one_line_and_another_when_their_name_changes(analyst):
    first, second = tell(2, actor=analyst)
    analyst.full_name = "Agus Basisdata, M.Kom."
    (third,) = tell(actor=analyst)
    assert first.person == second.person != third.person
    assert verify().first_bad is None


def test_an_event_outside_a_transaction_is_refused(transactional_db):
    with pytest.raises(TransactionManagementError, match="transaction of the change"):
        record("night.opened", actor="system:test", subject=None, facts={})


def test_a_change_that_rolls_back_takes_its_event_along(db):
    with transaction.atomic():
        record("night.opened", actor="system:test", subject=None, facts={})
        transaction.set_rollback(True)
    assert head() == START
    assert tell()[0].sequence == 1


def test_a_fact_with_no_single_written_form_is_refused(db):
    with pytest.raises(NotCanonical), transaction.atomic():
        record("night.opened", actor="system:test", subject=None, facts={"share": 0.5})


def test_a_verb_without_its_thing_is_refused(db):
    with pytest.raises(ValueError, match="written thing"), transaction.atomic():
        record("opened", actor="system:test", subject=None, facts={})


def test_writers_at_once_leave_a_chain_without_gap_or_fork(transactional_db):
    """Every third change rolls back; on PostgreSQL the lock serialises, on SQLite BEGIN does."""
    start = Barrier(WRITERS)

    def write(writer: int) -> None:
        start.wait()
        for turn in range(EVENTS_EACH):
            with transaction.atomic():
                facts = {"writer": writer, "turn": turn}
                record("night.opened", actor="system:test", subject=NIGHT, facts=facts)
                transaction.set_rollback(turn % 3 == 0)
        connection.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    expected = WRITERS * EVENTS_EACH * 2 // 3
    assert list(AuditEvent.objects.order_by("sequence").values_list("sequence", flat=True)) == (
        list(range(1, expected + 1))
    )
    assert verify().first_bad is None


# What the database refuses

REFUSED = {
    "sqlite": [
        "INSERT OR REPLACE INTO audit_auditevent SELECT * FROM audit_auditevent WHERE sequence = 2",
        "INSERT OR REPLACE INTO audit_auditperson SELECT * FROM audit_auditperson",
    ],
    "postgresql": [
        "TRUNCATE audit_auditevent",
        "TRUNCATE audit_auditperson",
        "SET LOCAL session_replication_role = replica; DELETE FROM audit_auditevent",
        """INSERT INTO audit_auditevent SELECT * FROM audit_auditevent WHERE sequence = 2
        ON CONFLICT (sequence) DO UPDATE SET verb = 'night.closed'""",
    ],
}
COPY = """
    INSERT INTO audit_auditevent (sequence, at, verb, actor, person, object_kind, object_id,
        object_name, facts_text, previous, hash)
    SELECT {sequence}, at, verb, actor, person, object_kind, object_id, object_name, facts_text,
        {previous}, 'other' FROM audit_auditevent WHERE sequence = 3
"""


def test_the_database_refuses_every_way_to_rewrite_the_trail(analyst):
    tell(3, actor=analyst)
    statements = [
        "UPDATE audit_auditevent SET verb = 'night.closed' WHERE sequence = 2",
        "DELETE FROM audit_auditevent WHERE sequence = 3",
        "UPDATE audit_auditperson SET full_name = 'Orang Lain'",
        "DELETE FROM audit_auditperson",
        COPY.format(sequence=5, previous="hash"),
        COPY.format(sequence=4, previous="'other'"),
        *REFUSED[connection.vendor],
    ]
    assert [words for words in statements if not refused_by_the_database(words)] == []
    assert verify().events == 3


def test_an_event_that_follows_the_last_one_is_let_in(db):
    tell(3)
    assert not refused_by_the_database(COPY.format(sequence=4, previous="hash"))


def test_models_refuse_as_the_database_does(db):
    (event,) = tell()
    with pytest.raises(DatabaseError), transaction.atomic():
        event.delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEvent.objects.update(verb="night.closed")


# What the walk finds, with the triggers dropped (issue: Shows 4)


def test_an_untouched_chain_is_intact_up_to_its_head(db):
    last = tell(10)[-1]
    verdict = verify([last.anchor, Anchor(0, GENESIS)])
    assert (verdict.first_bad, verdict.events, verdict.head) == (None, 10, last.anchor)


def test_an_empty_trail_is_intact_unless_an_anchor_says_otherwise(db):
    assert verify() == verify([START])
    assert verify().first_bad is None
    assert verify([Anchor(1, "a" * 64)]).first_bad == 1


@pytest.mark.parametrize("column", ["verb", "actor", "object_id", "object_name", "facts_text"])
def test_an_edited_word_is_found_at_its_place(tamper, column):
    tamper(f"UPDATE audit_auditevent SET {column} = %s WHERE sequence = 4", '{"sources":99}')
    verdict = verify()
    assert (verdict.first_bad, verdict.events) == (4, 3)
    assert verdict.reason.startswith("edited")


def test_an_edited_time_is_found_at_its_place(tamper):
    tamper("UPDATE audit_auditevent SET at = '2020-01-01 00:00:00+00:00' WHERE sequence = 10")
    assert verify().first_bad == 10


def test_facts_only_written_differently_are_found_too(tamper):
    tamper("UPDATE audit_auditevent SET facts_text = '{ }' WHERE sequence = 4")
    assert verify().first_bad == 4


def test_an_event_edited_and_sealed_anew_is_found_at_its_place(tamper):
    event = AuditEvent.objects.get(pk=4)
    event.facts_text = canonical({"sources": 99})
    tamper(
        "UPDATE audit_auditevent SET facts_text = %s, hash = %s WHERE sequence = 4",
        event.facts_text,
        resealed(event),
    )
    verdict = verify()
    assert verdict.first_bad == 4
    assert "sealed anew" in verdict.reason


def test_a_deleted_event_is_found_at_its_place(tamper):
    tamper("DELETE FROM audit_auditevent WHERE sequence IN (4, 5)")
    verdict = verify()
    assert verdict.first_bad == 4
    assert verdict.reason == "deleted: 2 missing before event 6"


def test_a_deleted_first_event_is_found(tamper):
    tamper("DELETE FROM audit_auditevent WHERE sequence = 1")
    assert verify().first_bad == 1


def renumbered(tamper, behind: int, by: int) -> None:
    """Move all events behind one, by way of numbers that nobody has."""
    tamper("UPDATE audit_auditevent SET sequence = sequence + 1000 WHERE sequence > %s", behind)
    tamper("UPDATE audit_auditevent SET sequence = sequence - 1000 + %s WHERE sequence > 999", by)


def test_a_deletion_hidden_by_renumbering_is_found_at_its_place(tamper):
    tamper("DELETE FROM audit_auditevent WHERE sequence = 4")
    renumbered(tamper, behind=4, by=-1)
    assert verify().first_bad == 4


def test_an_inserted_event_is_found_at_its_place(tamper):
    renumbered(tamper, behind=4, by=1)
    fourth = AuditEvent.objects.get(pk=4)
    forged = AuditEvent.objects.get(pk=4)
    forged.sequence, forged.previous, forged.verb = 5, fourth.hash, "night.closed"
    forged.hash = resealed(forged)
    forged.save(force_insert=True)
    verdict = verify()
    assert verdict.first_bad == 5
    assert verdict.reason.startswith("inserted")


def test_an_inserted_event_with_no_honest_hash_is_found_at_its_place(tamper):
    renumbered(tamper, behind=3, by=1)
    tamper(COPY.format(sequence=4, previous="hash"))
    assert verify().first_bad == 4


def test_two_events_in_each_others_place_are_found_at_the_first(tamper):
    tamper("UPDATE audit_auditevent SET sequence = 1000 WHERE sequence = 4")
    tamper("UPDATE audit_auditevent SET sequence = 4 WHERE sequence = 7")
    tamper("UPDATE audit_auditevent SET sequence = 7 WHERE sequence = 1000")
    verdict = verify()
    assert verdict.first_bad == 4
    assert verdict.reason.startswith("moved")


def test_a_cut_off_end_is_found_by_an_anchor_and_by_nothing_else(tamper):
    anchor = head()
    tamper("DELETE FROM audit_auditevent WHERE sequence > 7")
    assert verify().first_bad is None
    verdict = verify([anchor])
    assert (verdict.first_bad, verdict.events) == (8, 7)
    assert verdict.reason == "cut off: at least 3 missing at the end"


def test_an_end_cut_off_and_grown_again_is_found_by_an_anchor(tamper):
    kept, lost = AuditEvent.objects.get(pk=6).anchor, head()
    tamper("DELETE FROM audit_auditevent WHERE sequence > 7")
    triggers.arm(connection)
    tell(5)
    assert verify([kept]).first_bad is None
    verdict = verify([kept, lost])
    assert verdict.first_bad == 10
    assert "after event 6" in verdict.reason


def test_two_anchors_of_one_place_that_differ_are_not_both_believed(tamper):
    assert verify([head(), Anchor(10, "a" * 64)]).first_bad == 10


def test_breaks_are_found_across_chunks(tamper, monkeypatch):
    monkeypatch.setattr("portal.audit.verify.CHUNK", 3)
    assert verify().events == 10
    tamper("DELETE FROM audit_auditevent WHERE sequence = 7")
    assert verify().first_bad == 7


# Who it was, and forgetting it


def test_forgetting_a_person_leaves_the_chain_intact_and_says_so(analyst, administrator):
    tell(3, actor=analyst)
    with transaction.atomic():
        assert erase_person(analyst.pk, actor=administrator) == 1
    line = AuditPerson.objects.get(user=analyst.pk)
    assert (line.full_name, line.username, line.identity_number, line.nonce) == ("", "", "", "")
    assert AuditEvent.objects.first().verb == "person.erased"
    assert verify([head()]).first_bad is None


def test_a_person_who_was_never_recorded_leaves_nothing_to_forget(analyst, administrator):
    assert erase_person(analyst.pk, actor=administrator) == 0
    assert head() == START


def test_putting_another_name_to_an_act_is_found_at_the_first_act(tamper, analyst):
    tell(2, actor=analyst)
    tamper("UPDATE audit_auditperson SET full_name = 'Orang Lain'")
    assert verify().first_bad == 11


def test_deleting_who_acted_is_found_at_the_first_act(tamper, analyst):
    tell(2, actor=analyst)
    tamper("DELETE FROM audit_auditperson")
    assert verify().first_bad == 11


def test_forgetting_somebody_on_the_quiet_is_found(analyst):
    tell(2, actor=analyst)
    sql(
        "UPDATE audit_auditperson SET full_name = '', username = '', identity_number = '',"
        " nonce = '', erased_at = '2026-11-23 00:00:00+00:00'"
    )
    assert verify().first_bad == 1


def test_deleting_an_account_leaves_its_events_whole(analyst):
    tell(2, actor=analyst)
    User.objects.get(pk=analyst.pk).delete()
    assert verify().events == 2


# manage.py verify_audit


def told_by_command(*words: str) -> dict:
    out = io.StringIO()
    call_command("verify_audit", "--json", *words, stdout=out)
    return json.loads(out.getvalue())


def test_the_command_says_that_all_is_well_and_gives_the_head(db):
    tell(3)
    assert told_by_command("--anchor", str(head())) == {
        "events": 3,
        "state": "intact",
        "first_bad": None,
        "reason": "",
        "head": str(head()),
        "guarded": True,
        "papers": 0,
        "bad_papers": [],
    }


def test_a_walk_is_kept_and_its_head_holds_the_next_one(tamper):
    assert walk().head == head()
    tamper("DELETE FROM audit_auditevent WHERE sequence > 7")
    nightly()
    kept = AuditWalk.objects.first()
    assert (kept.state, kept.first_bad, kept.is_well) == ("broken", 8, False)


def test_a_walk_that_found_trouble_is_no_anchor(tamper):
    tamper("UPDATE audit_auditevent SET verb = 'night.closed' WHERE sequence = 4")
    assert walk().first_bad == 4
    tamper("UPDATE audit_auditevent SET verb = 'night.opened' WHERE sequence = 4")
    assert walk().first_bad is None


def test_a_walk_says_when_the_database_no_longer_refuses(tamper):
    assert not walk().is_well
    triggers.arm(connection)
    assert walk().is_well


def test_the_command_fails_and_names_the_place(tamper):
    tamper("DELETE FROM audit_auditevent WHERE sequence = 4")
    out = io.StringIO()
    with pytest.raises(CommandError, match="Event 4: deleted") as failure:
        call_command("verify_audit", "--json", stdout=out)
    assert failure.value.returncode == 1
    told = json.loads(out.getvalue())
    assert (told["state"], told["first_bad"]) == ("broken", 4)


def test_the_command_fails_when_the_database_no_longer_refuses(tamper):
    with pytest.raises(CommandError, match="triggers are gone"):
        call_command("verify_audit", stdout=io.StringIO())


def test_the_command_refuses_what_is_no_anchor(db):
    with pytest.raises(CommandError, match="is no anchor"):
        told_by_command("--anchor", "yesterday")
