"""Random tables and random edits: both servers and SQLite tell exactly what was done to them."""

import sqlite3
from collections import Counter
from contextlib import ExitStack, closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backups.engines.registry import row_readers_of_kind
from backups.specs import UNWATCHED, SourceSpec
from backups.tablediff import compare_table, prepare
from tests import mariadb_servers, servers

TEXTS = st.one_of(
    st.none(), st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
)
KEYS = st.tuples(st.integers(-3, 12), st.sampled_from(["", "a", "A", "é", "z ", "日", "NULL", ","]))
TABLES = st.dictionaries(KEYS, st.tuples(TEXTS, st.one_of(st.none(), st.integers(-2, 2))))
LOOSE = st.lists(st.tuples(st.sampled_from(["x", "", None, "NULL"]), st.sampled_from([None, 0, 1])))
EXAMPLES = settings(max_examples=12, suppress_health_check=list(HealthCheck))
CREATE = {
    "postgresql": 'CREATE TABLE {} (a int, b text COLLATE "und-x-icu", t text, n int{})',
    "mariadb": "CREATE TABLE {} (a INT, b VARCHAR(20) COLLATE utf8mb4_bin, t TEXT, n INT{})"
    " CHARACTER SET utf8mb4",
    "sqlite": "CREATE TABLE {} (a INTEGER, b TEXT COLLATE NOCASE, t TEXT, n INTEGER{})",
}
KEY = {
    "postgresql": ", PRIMARY KEY (b, a)",
    "mariadb": ", PRIMARY KEY (b, a)",
    "sqlite": ", PRIMARY KEY (b COLLATE BINARY, a)",
}


@pytest.fixture(scope="module")
def two_sides(request, postgresql_server, mariadb_server, tmp_path_factory):
    """Give by kind two empty databases, and how a side is filled."""
    with ExitStack() as stack:
        server = servers.postgresql_database
        folder = tmp_path_factory.mktemp("sqlite")
        yield {
            "postgresql": [stack.enter_context(server(postgresql_server)) for _ in range(2)],
            "mariadb": [
                stack.enter_context(mariadb_servers.mariadb_database(mariadb_server))
                for _ in range(2)
            ],
            "sqlite": [
                SourceSpec("uji", "Uji", "sqlite", path=str(folder / f"{n}.sqlite"))
                for n in range(2)
            ],
        }


def filled(spec, rows, key):
    """Make the table anew with these rows."""
    mark = "?" if spec.engine == "sqlite" else "%s"
    with closing(connected(spec)) as connection:
        cursor = connection.cursor()
        cursor.execute("DROP TABLE IF EXISTS uji")
        cursor.execute(CREATE[spec.engine].format("uji", key))
        if rows:
            cursor.executemany(f"INSERT INTO uji VALUES ({', '.join([mark] * 4)})", rows)
        if spec.engine == "sqlite":
            connection.commit()


def connected(spec):
    if spec.engine == "sqlite":
        return sqlite3.connect(spec.path)
    home = servers if spec.engine == "postgresql" else mariadb_servers
    return home.connected(spec)


def compared(specs, backup, live, key):
    """Return the tally and, by what became of them, the keys of the rows that differ."""
    for spec, rows in zip(specs, (backup, live), strict=True):
        filled(spec, rows, key)
    readers = row_readers_of_kind(specs[0].engine)
    name = "public.uji" if specs[0].engine == "postgresql" else "uji"
    found = []
    with readers.opened(specs[0]) as ours, readers.opened(specs[1]) as theirs:
        diff = prepare(name, ours, theirs, len(backup))
        compare_table(diff, ours, theirs, lambda _, each: found.append(each), UNWATCHED)
    assert (diff.rows_backup, diff.rows_live) == (len(backup), len(live))
    return diff.tally, {
        (str(each.verdict), *map(str, (each.backup or each.live)[:2])) for each in found
    }


@pytest.mark.parametrize("kind", sorted(CREATE))
@EXAMPLES
@given(before=TABLES, after=TABLES)
def test_keyed_rows_are_told_by_their_keys(two_sides, kind, before, after):
    backup = [(*key, *cells) for key, cells in before.items()]
    live = [(*key, *cells) for key, cells in after.items()]
    _, found = compared(two_sides[kind], backup, live, KEY[kind])
    wanted = {("missing", str(a), b) for a, b in before.keys() - after.keys()}
    wanted |= {("extra", str(a), b) for a, b in after.keys() - before.keys()}
    both = before.keys() & after.keys()
    wanted |= {("changed", str(a), b) for a, b in both if before[a, b] != after[a, b]}
    assert found == wanted


@pytest.mark.parametrize("kind", sorted(CREATE))
@EXAMPLES
@given(before=LOOSE, after=LOOSE)
def test_rows_without_a_key_are_counted(two_sides, kind, before, after):
    backup, live = [[(1, "k", *cells) for cells in rows] for rows in (before, after)]
    tally, _ = compared(two_sides[kind], backup, live, "")
    missing, extra = Counter(backup) - Counter(live), Counter(live) - Counter(backup)
    assert (tally.missing, tally.changed, tally.extra) == (missing.total(), 0, extra.total())
