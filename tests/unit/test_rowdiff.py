"""Two ordered streams: exactly what they do not share, however they come in batches."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from backups.rowdiff import Tally, Verdict, differences

CELLS = st.one_of(st.none(), st.integers(0, 3), st.sampled_from([0.0, 1.0, "", "a", "é", "1"]))
KEYED = st.dictionaries(st.integers(0, 60), st.tuples(CELLS, CELLS), max_size=50)
UNKEYED = st.lists(st.tuples(st.sampled_from(["", "a", "b"]), st.sampled_from(["x", "y"])))


def batched(rows, size):
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def spelled(row):
    return tuple((type(cell), cell) for cell in row)


@given(KEYED, KEYED, st.integers(1, 7), st.integers(1, 7))
def test_a_keyed_table_gives_each_differing_key_once(before, after, size, other):
    backup = [(key, *before[key]) for key in sorted(before)]
    live = [(key, *after[key]) for key in sorted(after)]
    found = {
        (each.backup or each.live)[0]: each
        for each in differences(
            batched(backup, size), batched(live, other), lambda row: (row[0],), keyed=True
        )
    }
    wanted = dict.fromkeys(before.keys() - after.keys(), Verdict.MISSING)
    wanted |= dict.fromkeys(after.keys() - before.keys(), Verdict.EXTRA)
    wanted |= {
        key: Verdict.CHANGED
        for key in before.keys() & after.keys()
        if spelled(before[key]) != spelled(after[key])
    }
    assert {key: each.verdict for key, each in found.items()} == wanted
    for key, each in found.items():
        if each.verdict == Verdict.CHANGED:
            pairs = enumerate(zip(before[key], after[key], strict=True), 1)
            assert each.columns == tuple(
                at for at, (old, new) in pairs if spelled((old,)) != spelled((new,))
            )


@given(UNKEYED, UNKEYED, st.integers(1, 5))
def test_a_table_without_a_key_is_a_counted_multiset(before, after, size):
    tally = Tally()
    for each in differences(
        batched(sorted(before), size), batched(sorted(after), 3), lambda row: row, keyed=False
    ):
        tally.count(each)
    missing, extra = Counter(before) - Counter(after), Counter(after) - Counter(before)
    assert (tally.missing, tally.changed, tally.extra) == (missing.total(), 0, extra.total())


def test_one_and_one_point_nought_are_two_things():
    [found] = differences([[(1, 1)]], [[(1, 1.0)]], lambda row: (row[0],), keyed=True)
    assert (found.verdict, found.columns) == (Verdict.CHANGED, (1,))


def test_a_key_that_is_none_on_one_side_pairs_what_it_can():
    backup = [[(1, "a"), (1, "b")]]
    live = [[(1, "b"), (1, "c"), (1, "d")]]
    tally = Tally()
    for each in differences(backup, live, lambda row: (row[0],), keyed=True):
        tally.count(each)
    assert (tally.missing, tally.changed, tally.extra) == (0, 1, 1)
