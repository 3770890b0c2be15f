import hashlib
import json
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.audit.chain import (
    GENESIS,
    Anchor,
    Link,
    NotCanonical,
    canonical,
    commitment,
    plain,
    read_facts,
    seal,
    written,
)

MORNING = datetime(2026, 11, 23, 1, 2, 3, 45, tzinfo=UTC)
LINK = Link(
    sequence=1,
    at=MORNING,
    verb="ticket.approved",
    actor="approver",
    user=7,
    person="",
    object_kind="tickets.ticket",
    object_id="12",
    object_name="DT-2026-000012-7",
    facts='{"plan":"ab","rows":3}',
    previous=GENESIS,
)
EVERY_OTHER_VALUE = {
    "sequence": 2,
    "at": MORNING + timedelta(microseconds=1),
    "verb": "ticket.refused",
    "actor": "analyst",
    "user": 8,
    "person": "f" * 64,
    "object_kind": "backups.source",
    "object_id": "13",
    "object_name": "DT-2026-000013-5",
    "facts": '{"plan":"ab","rows":4}',
    "previous": "1" * 64,
}
whole_numbers = st.integers(min_value=-(2**53) + 1, max_value=2**53 - 1)
texts = st.text(st.characters(exclude_categories=["Cs"]))
facts = st.recursive(
    st.none() | st.booleans() | whole_numbers | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
)


@given(facts)
def test_any_json_tool_writes_the_same_bytes(value):
    simple = json.dumps(plain(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert canonical(value) == simple


@given(facts)
def test_what_was_written_is_read_back_the_same(value):
    assert read_facts(canonical(value)) == plain(value)


def test_the_hash_is_that_of_the_documented_text():
    document = (
        '{"actor":"approver","at":"2026-11-23T01:02:03.000045Z","facts":{"plan":"ab","rows":3},'
        '"format":"pulih-audit-1","object_id":"12","object_kind":"tickets.ticket",'
        f'"object_name":"DT-2026-000012-7","person":"","previous":"{GENESIS}","sequence":1,'
        '"user":7,"verb":"ticket.approved"}'
    )
    assert seal(LINK) == hashlib.sha256(document.encode()).hexdigest()


@pytest.mark.parametrize("name", Link._fields)
def test_the_hash_covers_every_word_of_the_event(name):
    assert seal(LINK._replace(**{name: EVERY_OTHER_VALUE[name]})) != seal(LINK)


def test_order_of_keys_and_way_of_writing_accents_change_nothing():
    composed = {"b": 1, "a": "caf\u00e9"}
    decomposed = {"a": "cafe\u0301", "b": 1}
    assert canonical(composed) == canonical(decomposed) == '{"a":"café","b":1}'


def test_one_moment_is_written_one_way_in_every_zone():
    in_jakarta = MORNING.astimezone(timezone(timedelta(hours=7)))
    assert written(in_jakarta) == written(MORNING) == "2026-11-23T01:02:03.000045Z"
    assert canonical([MORNING, date(2026, 11, 23)]) == (
        '["2026-11-23T01:02:03.000045Z","2026-11-23"]'
    )


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        float("nan"),
        2**53,
        b"bytes",
        {1: "a number for a name"},
        datetime(2026, 11, 23, 1, 2, 3),  # noqa: DTZ001 - naive on purpose
        object(),
        "half a character \ud800",
        {"deep": [{"down": 0.1}]},
        {"caf\u00e9": 1, "cafe\u0301": 2},
    ],
)
def test_what_has_no_single_written_form_is_refused(value):
    with pytest.raises(NotCanonical):
        canonical(value)


@pytest.mark.parametrize(
    "text",
    ['{"b":1,"a":2}', '{"a": 1}', '{"a":1,"a":2}', '{"a":1', "", '{"a":"\\u0061"}'],
)
def test_facts_written_in_another_form_are_not_taken_for_ours(text):
    with pytest.raises(NotCanonical):
        read_facts(text)


def test_a_commitment_tells_nothing_without_its_nonce_and_binds_with_it():
    siti = {"user": 7, "username": "siti", "full_name": "Siti", "identity_number": "", "nonce": "n"}
    assert commitment(siti) == commitment(dict(siti))
    assert commitment(siti) != commitment({**siti, "nonce": "m"})
    assert commitment(siti) != commitment({**siti, "full_name": "Sita"})


def test_an_anchor_is_read_back_from_its_text():
    anchor = Anchor(42, "a" * 64)
    assert Anchor.parse(f" {anchor}\n") == Anchor.parse(f"audit:{anchor}") == anchor


@pytest.mark.parametrize("text", ["", "42", f"-1:{GENESIS}", "1:abc", f"1:{'g' * 64}", "²:0"])
def test_what_is_no_anchor_is_refused(text):
    with pytest.raises(ValueError):
        Anchor.parse(text)
