"""What is strange about a night: every rule fires on its night and is quiet on the usual ones."""

from dataclasses import replace

import pytest

from backups.anomalies import Figures, Limits, Night, Strange, Table, judge, recovered

USUAL = Figures(objects=100, rows=50_000, bytes=90_000_000, changed=10, rewritten=5_000)
HISTORY = (USUAL,) * 20
LIMITS = Limits()


def night(figures=USUAL, **facts):
    return Night(figures=figures, before=USUAL, history=HISTORY, **facts)


def table(before, after, usual=(), name="public.krs"):
    return Table(key=name, name=name, before=before, after=after, usual=tuple(usual))


def kinds(found):
    return [anomaly.kind for anomaly in found]


def test_a_usual_night_is_quiet():
    assert judge(night(), LIMITS) == []


def test_the_first_night_of_a_source_is_quiet():
    assert judge(Night(figures=USUAL, before=None), LIMITS) == []


def test_a_table_that_shrinks_is_told_with_the_usual():
    growing = range(36_112, 40_113, 200)
    (found,) = judge(night(tables=(table(40_112, 18_004, growing),)), LIMITS)
    assert found.kind == Strange.ROWS_SHRANK
    assert (found.facts["before"], found.facts["after"], found.facts["usual"]) == (
        40_112,
        18_004,
        200,
    )


@pytest.mark.parametrize(
    ("before", "after", "usual"),
    [
        (40_112, 40_000, [40_112]),  # a few rows of many
        (20, 11, [20]),  # fewer than ten rows
        (900, 500, [900, 450, 900, 400, 900]),  # it breathes: a table of sessions
        (100, 130, [100]),  # it grows
    ],
)
def test_a_table_within_its_usual_band_is_quiet(before, after, usual):
    assert judge(night(tables=(table(before, after, usual),)), LIMITS) == []


def test_a_loss_far_beyond_the_usual_breathing_is_told():
    breathing = [900, 850, 900, 860, 900]
    assert kinds(judge(night(tables=(table(900, 400, breathing),)), LIMITS)) == [
        Strange.ROWS_SHRANK
    ]


def test_a_table_that_had_rows_and_is_empty_is_told_even_with_few():
    assert kinds(judge(night(tables=(table(3, 0, [3, 3]),)), LIMITS)) == [Strange.TABLE_EMPTIED]


def test_a_table_that_is_emptied_now_and_then_is_quiet():
    assert judge(night(tables=(table(300, 0, [300, 0, 280, 300]),)), LIMITS) == []


def test_a_vanished_table_is_told_and_an_empty_one_is_not():
    gone = (table(500, None, name="a"), table(0, None, name="b"))
    assert [(found.kind, found.key) for found in judge(night(tables=gone), LIMITS)] == [
        (Strange.TABLE_VANISHED, "a")
    ]


def test_many_vanished_tables_are_told_once():
    gone = tuple(table(500, None, name=f"t{n}") for n in range(9))
    (found,) = judge(night(tables=gone), LIMITS)
    assert (found.kind, found.facts["count"]) == (Strange.MANY_VANISHED, 9)


def test_many_shrunk_tables_are_told_once():
    smaller = tuple(table(500, 100, name=f"t{n}") for n in range(9))
    (found,) = judge(night(tables=smaller), LIMITS)
    assert (found.kind, found.facts["rows"]) == (Strange.MANY_SHRANK, 3600)


def test_a_dropped_schema_is_told_instead_of_its_tables():
    gone = tuple(table(500, None, name=f"arsip.t{n}") for n in range(3))
    found = judge(night(tables=gone, dropped={"arsip": tuple(t.name for t in gone)}), LIMITS)
    assert kinds(found) == [Strange.SCHEMA_DROPPED]


def test_many_vanished_files_are_told_and_a_few_are_not():
    files = replace(USUAL, objects=1000, rows=0)
    before = Night(figures=files, before=files, history=(replace(files, vanished=3),) * 9)
    assert kinds(judge(replace(before, lost_files=400), LIMITS)) == [Strange.MANY_VANISHED]
    assert judge(replace(before, lost_files=19), LIMITS) == []
    assert judge(replace(before, lost_files=150), LIMITS) == []


def test_files_that_always_come_and_go_are_quiet():
    files = replace(USUAL, objects=1000, rows=0)
    cache = Night(figures=files, before=files, history=(replace(files, vanished=390),) * 9)
    assert judge(replace(cache, lost_files=400), LIMITS) == []


def test_more_than_half_of_all_objects_rewritten_is_a_mass_change():
    assert kinds(judge(night(replace(USUAL, changed=70)), LIMITS)) == [Strange.MASS_CHANGE]
    assert judge(night(replace(USUAL, changed=40)), LIMITS) == []


def test_a_large_share_of_rows_rewritten_is_a_mass_change():
    (found,) = judge(night(replace(USUAL, rewritten=45_000)), LIMITS)
    assert (found.kind, found.facts["what"], found.facts["usual"]) == (
        Strange.MASS_CHANGE,
        "rows",
        10,
    )


def test_a_source_that_is_always_rewritten_is_quiet():
    busy = replace(USUAL, changed=90, rewritten=48_000)
    assert judge(Night(figures=busy, before=busy, history=(busy,) * 20), LIMITS) == []


def test_a_size_far_from_the_median_is_told_on_the_night_that_crosses():
    small = replace(USUAL, bytes=20_000_000)
    assert kinds(judge(night(small), LIMITS)) == [Strange.SIZE_ODD]
    assert judge(Night(figures=small, before=small, history=HISTORY), LIMITS) == []


def test_a_size_is_not_told_beside_its_own_cause():
    small = replace(USUAL, bytes=20_000_000)
    found = judge(night(small, tables=(table(40_112, 18_004),)), LIMITS)
    assert kinds(found) == [Strange.ROWS_SHRANK]
    assert judge(night(small), LIMITS, quiet=True) == []


def test_a_source_that_stands_still_is_told_once():
    still = replace(USUAL, changed=0, rewritten=0)

    def judged(count):
        history = (*HISTORY, *(still,) * (count - 1))
        return judge(Night(figures=still, before=history[-1], history=history), LIMITS)

    assert judged(13) == []
    assert kinds(judged(14)) == [Strange.SOURCE_STILL]
    assert judged(15) == []


def test_a_source_that_never_moves_is_quiet():
    still = replace(USUAL, changed=0, rewritten=0)
    assert judge(Night(figures=still, before=still, history=(still,) * 30), LIMITS) == []


def test_nothing_is_called_unusual_after_a_few_nights():
    young = Night(figures=replace(USUAL, changed=90, bytes=1), before=USUAL, history=(USUAL,) * 4)
    assert judge(young, LIMITS) == []


@pytest.mark.parametrize(
    ("off", "facts"),
    [
        ({"shrink_percent": 0}, {"tables": (table(100, 1),)}),
        ({"vanish_percent": 0}, {"lost_files": 99}),
        ({"mass_percent": 0}, {"figures": replace(USUAL, changed=99)}),
        ({"size_percent": 0}, {"figures": replace(USUAL, bytes=1)}),
    ],
)
def test_a_limit_of_nought_switches_its_rule_off(off, facts):
    assert judge(night(**facts), LIMITS)
    assert judge(night(**facts), replace(LIMITS, **off)) == []


def test_a_loss_is_over_when_the_rows_are_back():
    (found,) = judge(night(tables=(table(40_000, 18_000),)), LIMITS)
    assert not recovered(found.kind, found.facts, USUAL, 20_000)
    assert not recovered(found.kind, found.facts, USUAL, None)
    assert recovered(found.kind, found.facts, USUAL, 39_000)


def test_a_vanished_table_is_over_when_it_is_back():
    (found,) = judge(night(tables=(table(500, None),)), LIMITS)
    assert not recovered(found.kind, found.facts, USUAL, None)
    assert recovered(found.kind, found.facts, USUAL, 2)


def test_an_odd_size_is_over_when_it_is_usual_again():
    (found,) = judge(night(replace(USUAL, bytes=1)), LIMITS)
    assert not recovered(found.kind, found.facts, replace(USUAL, bytes=2), None)
    assert recovered(found.kind, found.facts, USUAL, None)


def test_a_mass_change_is_over_only_when_a_person_says_so():
    (found,) = judge(night(replace(USUAL, changed=99)), LIMITS)
    assert not recovered(found.kind, found.facts, USUAL, None)


def test_a_source_that_moves_again_is_over():
    assert recovered(Strange.SOURCE_STILL, {}, USUAL, None)
