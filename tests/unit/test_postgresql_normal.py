"""The normal form: what PostgreSQL 15 printed before and after a reload becomes the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backups.engines.postgresql_normal import normal_form

RELOADS = [
    (
        (
            "CHECK (((a)::text = ANY ((ARRAY['x'::character varying, 'y''z'::character varying])"
            "::text[])))"
        ),
        (
            "CHECK (((a)::text = ANY (ARRAY[('x'::character varying)::text,"
            " ('y''z'::character varying)::text])))"
        ),
    ),
    (
        "CHECK ((((b >= 1) AND (b <= 5)) AND (b <> 3)))",
        "CHECK (((b >= 1) AND (b <= 5) AND (b <> 3)))",
    ),
    ("WHERE ((((a = 1) OR (b = 2)) OR (c = 3)))", "WHERE (((a = 1) OR (b = 2) OR (c = 3)))"),
    ("WHERE ((((p AND q) AND r) AND s) OR t)", "WHERE ((p AND q AND r AND s) OR t)"),
    (
        (
            "(((x)::text = ANY ((ARRAY['it''s, (ok)'::character varying, lower('a, b')])::text[]))"
            " AND ((y >= 1) AND (y <= 2)))"
        ),
        (
            "(((x)::text = ANY (ARRAY[('it''s, (ok)'::character varying)::text,"
            " (lower('a, b'))::text])) AND ((y >= 1) AND (y <= 2)))"
        ),
    ),
    (
        "DEFAULT (ARRAY['a'::character varying])::text[]",
        "DEFAULT ARRAY[('a'::character varying)::text]",
    ),
]

STEADY = [
    "CREATE TABLE t (a integer)",
    "WHERE ((a AND b) OR c)",  # another operator inside
    "WHERE (a AND (b AND c))",  # PostgreSQL keeps what stands on the right
    "WHERE ((a AND b)::boolean AND c)",
    "WHERE ((NOT (a AND b)) AND c)",
    "SELECT '((a AND b) AND c)', \"((a AND b) AND c)\"",
    "AS $$ ((a AND b) AND c) (ARRAY['x'])::text[] $$",
    "AS $tag$ ((a AND b) AND $$ c) $tag$",
    "OVER (ORDER BY (a AND b) ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)",
    "(a[1:2])::text[] AND (ARRAY[a])::text AND (b) AND c",
    "((a AND b) AND c",  # brackets that do not pair are left alone
    "(a AND b)) AND c",
]


@pytest.mark.parametrize(("before", "after"), RELOADS)
def test_reads_as_it_will_after_a_reload(before, after):
    assert normal_form(before) == after
    assert normal_form(after) == after


@pytest.mark.parametrize("definition", STEADY)
def test_leaves_alone_what_a_reload_does_not_change(definition):
    assert normal_form(definition) == definition


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("WHERE ((a AND b) OR c)", "WHERE (a AND (b OR c))"),
        ("x = ANY ((ARRAY['a'::varchar])::text[])", "x = ANY ((ARRAY['b'::varchar])::text[])"),
        ("x = ANY ((ARRAY['a, b'])::text[])", "x = ANY ((ARRAY['a', 'b'])::text[])"),
    ],
)
def test_what_means_something_else_stays_different(one, other):
    assert normal_form(one) != normal_form(other)


def test_ten_thousand_nested_brackets_are_no_trouble():
    deep = "(" * 10_000 + "a) AND b" + ")" * 9_999
    assert normal_form(deep).count("a") == 1


@given(st.text(alphabet="ab'\"$()[] ,:\nANDOR") | st.lists(st.sampled_from(RELOADS)).map(str))
def test_is_its_own_normal_form(definition):
    once = normal_form(definition)
    assert normal_form(once) == once
