import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backups.engines.mariadb_stream import Cutter, Malformed

HEADER = """/*M!999999\\- enable the sandbox mode */
-- MariaDB dump 10.19  Distrib 10.11.19-MariaDB, for debian-linux-gnu (x86_64)
--
-- Host: it's;here    Database: uji
-- ------------------------------------------------------

/*!40101 SET NAMES utf8mb4 */;
/*!40103 SET TIME_ZONE='+00:00' */;
"""
FOOTER = """/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;

/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;

-- Dump completed
"""
MARKERS = (
    "-- Table structure for table `x`",
    "\n--\n-- Table structure for table `x`\n--\n\n",
    "\n/*!40000 ALTER TABLE `x` ENABLE KEYS */;\nUNLOCK TABLES;\n",
    "INSERT INTO `x` VALUES\n(1);\n",
    "/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;\n",
    "\n(",
    "'\n(1),\n(2);\n",
    "`; DELIMITER ;;\n",
    "\\",
    "\0\x1a😀'\"`",
)
SAYINGS = (
    "SELECT 1;",
    "-- it's ;; a comment\n",
    "# can't ;;\n",
    "\n--\n",
    "/* ;;\nDELIMITER ;\n */",
    "/*! SELECT ';;' */",
    "'a;;\\'b'",
    '"\\";;"',
    "`;;`",
    f"\n{MARKERS[0]}\n",
    MARKERS[1],
)
ESCAPES = {"\\": "\\\\", "'": "\\'", '"': '\\"', "\n": "\\n", "\r": "\\r", "\0": "\\0"}

names = st.one_of(
    st.sampled_from(MARKERS), st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
).map(lambda name: name.replace("\0", "0"))
values = st.one_of(st.none(), st.integers(), st.text(), st.sampled_from(MARKERS), st.binary())


class Collected:
    """Keeps every part."""

    def __init__(self):
        self.parts = []

    def begin(self, kind, name):
        self.parts.append((kind, name, bytearray()))

    def write(self, data):
        self.parts[-1][2].extend(data)


def cut(dump, borders=()):
    """Cut a dump given in pieces; return the cutter and the parts."""
    data = dump.encode() if isinstance(dump, str) else dump
    collected = Collected()
    cutter = Cutter(collected)
    ends = [0, *sorted(border % (len(data) + 1) for border in borders), len(data)]
    for start, end in pairwise(ends):
        cutter.feed(data[start:end])
    cutter.finish()
    return cutter, [(kind, name, bytes(part)) for kind, name, part in collected.parts]


def joined(parts):
    return b"".join(part for *_, part in parts).decode()


def quoted(name):
    return "`" + name.replace("`", "``") + "`"


def literal(value):
    """Write a value as mariadb-dump does."""
    match value:
        case None:
            return "NULL"
        case int():
            return str(value)
        case bytes():
            return f"0x{value.hex().upper()}" if value else "''"
    return "'" + "".join(ESCAPES.get(sign, sign) for sign in value) + "'"


def inserts(name, rows, *, columns=(), per_statement=3, row_on_line=True):
    """Write rows as mariadb-dump does, with a column list or one row a statement if asked."""
    listed = f" ({', '.join(map(quoted, columns))})" if columns else ""
    first = "\n" if row_on_line and not columns else " "
    text = ""
    for start in range(0, len(rows), per_statement):
        lines = (f"({','.join(map(literal, row))})" for row in rows[start : start + per_statement])
        text += f"INSERT INTO {quoted(name)}{listed} VALUES{first}" + ",\n".join(lines) + ";\n"
    return text


def table(name, rows_text="", *, counter=5, triggers=""):
    """Write a table's section as mariadb-dump does."""
    comment = quoted(name).replace("\n", "\n-- ")
    return f"""
--
-- Table structure for table {comment}
--

DROP TABLE IF EXISTS {quoted(name)};
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE {quoted(name)} (
  `id` int(11) NOT NULL COMMENT 'it\\'s; done'
) ENGINE=InnoDB AUTO_INCREMENT={counter} DEFAULT CHARSET=utf8mb4;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table {comment}
--

LOCK TABLES {quoted(name)} WRITE;
/*!40000 ALTER TABLE {quoted(name)} DISABLE KEYS */;
{rows_text}/*!40000 ALTER TABLE {quoted(name)} ENABLE KEYS */;
UNLOCK TABLES;
{triggers}"""


def program(head, body, *, sql_mode="STRICT_TRANS_TABLES"):
    """Write a trigger or a routine as mariadb-dump does."""
    return f"""/*!50003 SET @saved_sql_mode       = @@sql_mode */ ;
/*!50003 SET sql_mode              = '{sql_mode}' */ ;
DELIMITER ;;
{head} {body}
;;
DELIMITER ;
/*!50003 SET sql_mode              = @saved_sql_mode */ ;
"""


def routines(*programs):
    return "\n--\n-- Dumping routines for database 'uji'\n--\n" + "".join(programs)


def whole(*sections):
    return HEADER + "".join(sections) + FOOTER


@settings(max_examples=40, deadline=None)
@given(
    name=names,
    columns=st.lists(names, max_size=3),
    rows=st.lists(st.tuples(values, values), max_size=12),
    per_statement=st.sampled_from([1, 3]),
    borders=st.lists(st.integers(min_value=0), max_size=8),
)
@example(name="\n(", columns=["\n("], rows=[("\n(", 1)] * 4, per_statement=3, borders=[])
@example(name="x", columns=[], rows=[(MARKERS[2], MARKERS[3])] * 4, per_statement=3, borders=[7])
def test_rows_are_counted_and_cut_out_whole_whatever_they_hold(
    name, columns, rows, per_statement, borders
):
    text = inserts(name, rows, columns=columns, per_statement=per_statement)
    dump = whole(table(name, text), table("sesudah"))
    cutter, parts = cut(dump, borders)
    assert joined(parts) == dump
    assert [(kind, each) for kind, each, _ in parts] == [
        ("header", ""),
        ("table", name),
        ("rows", name),
        ("after", name),
        ("table", "sesudah"),
        ("rows", "sesudah"),
        ("after", "sesudah"),
        ("footer", ""),
    ]
    assert parts[2][2].decode() == text
    assert cutter.rows == {name: len(rows), "sesudah": 0}
    assert (cutter.definitions, parts) == (cut(dump)[0].definitions, cut(dump)[1])


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.tuples(values), max_size=5), borders=st.lists(st.integers(min_value=0)))
def test_rows_of_clients_that_write_one_a_statement_are_counted_too(rows, borders):
    dump = whole(table("x", inserts("x", rows, per_statement=1, row_on_line=False)))
    cutter, parts = cut(dump, borders)
    assert cutter.rows == {"x": len(rows)}
    assert joined(parts) == dump


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.tuples(values), max_size=5), borders=st.lists(st.integers(min_value=0)))
def test_older_tools_that_end_autocommit_before_the_rows_are_read_alike(rows, borders):
    text = inserts("x", rows)
    spoken = "DISABLE KEYS */;\n"
    dump = whole(table("x", text)).replace(spoken, f"{spoken}set autocommit=0;\n", 1)
    cutter, parts = cut(dump, borders)
    assert cutter.rows == {"x": len(rows)}
    assert next(data.decode() for kind, _, data in parts if kind == "rows") == text
    assert joined(parts) == dump


@settings(max_examples=40, deadline=None)
@given(
    body=st.lists(st.sampled_from(SAYINGS)).map("".join),
    borders=st.lists(st.integers(min_value=0)),
)
def test_what_a_routine_says_never_cuts(body, borders):
    dump = whole(routines(program("CREATE PROCEDURE `p`()", f"BEGIN {body} END")), table("t"))
    cutter, parts = cut(dump, borders)
    assert joined(parts) == dump
    assert set(cutter.definitions) == {("procedure", "p"), ("table", "t")}
    assert [kind for kind, *_ in parts][:3] == ["header", "routines", "table"]


@pytest.mark.parametrize(
    ("sql_mode", "body"),
    [("NO_BACKSLASH_ESCAPES", "SELECT 'a\\'"), ("ANSI_QUOTES", 'SELECT "a\\"')],
)
def test_the_sql_mode_decides_what_a_backslash_means(sql_mode, body):
    first = program("CREATE PROCEDURE `p`()", body, sql_mode=sql_mode)
    second = program("CREATE PROCEDURE `q`()", "SELECT '\\';;'")
    cutter, _ = cut(whole(routines(first, second)))
    assert set(cutter.definitions) == {("procedure", "p"), ("procedure", "q")}


@pytest.mark.parametrize(
    ("head", "found"),
    [
        ("CREATE DEFINER=`a@ b`@`%` FUNCTION `f`() RETURNS int", ("function", "f")),
        ("CREATE DEFINER=`a`@`b` AGGREGATE FUNCTION `f`()", ("function", "f")),
        ('CREATE DEFINER="a"@"b" PACKAGE BODY "p ""k" AS', ("package body", 'p "k')),
        ("CREATE DEFINER=`peran` PROCEDURE `p``1`()", ("procedure", "p`1")),
        ("/*!5 CREATE*/ /*!5 DEFINER=`a`@`b`*/ /*!5 EVENT `e\n1` ON", ("event", "e\n1")),
        ("/*!5 CREATE*/ /*!5 DEFINER=`a`@`b`*/ /*!5 TRIGGER siapa", ("trigger", "siapa")),
        ("/*!50003 CREATE*/ /*!50003 trigger if not exists `é` before", ("trigger", "é")),
        ("CREATE DEFINER=`a`@`b` TRIGGER /* who's */ t BEFORE", ("trigger", "t")),
    ],
)  # fmt: skip
def test_finds_the_name_of_whatever_is_made(head, found):
    cutter, _ = cut(whole(routines(program(head, "BEGIN END"))))
    assert set(cutter.definitions) == {found}


def test_a_view_counts_by_its_final_form_and_not_by_its_placeholder():
    placeholder = (
        "\n--\n-- Temporary table structure for view `v`\n--\n\nDROP TABLE IF EXISTS `v`;\n"
        "/*!50001 CREATE VIEW `v` AS SELECT\n 1 AS `id` */;\n"
    )
    final = (
        "\n--\n-- Final view structure for view `v`\n--\n\n/*!50001 DROP VIEW IF EXISTS `v`*/;\n"
        "/*!50001 CREATE ALGORITHM=UNDEFINED */\n"
        "/*!50013 DEFINER=`a`@`b` SQL SECURITY DEFINER */\n/*!50001 VIEW `v` AS select 1 */;\n"
    )
    assert cut(whole(placeholder))[0].definitions == {}
    cutter, parts = cut(whole(placeholder, final))
    assert set(cutter.definitions) == {("view", "v")}
    assert [part[:2] for part in parts[1:3]] == [("placeholder", "v"), ("view", "v")]


def test_a_sequence_keeps_its_value_apart_from_its_definition():
    def dump(value):
        return whole(
            "\n--\n-- Sequence structure for `s`\n--\n\nDROP SEQUENCE IF EXISTS `s`;\n"
            f"CREATE SEQUENCE `s` start with 5 ENGINE=InnoDB;\nDO SETVAL(`s`, {value}, 0);\n"
        )

    earlier, later = cut(dump(5))[0], cut(dump(1005))[0]
    assert later.values == {"s": b"DO SETVAL(`s`, 1005, 0)"}
    assert earlier.definitions == later.definitions
    assert set(later.definitions) == {("sequence", "s")}


def test_a_tables_definition_does_not_count_its_next_number():
    first, later = (cut(whole(table("x", counter=number)))[0] for number in (5, 6))
    assert first.definitions == later.definitions


def test_a_definition_counts_the_settings_it_was_made_under():
    first, later = (
        cut(whole(routines(program("CREATE PROCEDURE `p`()", "SELECT 1", sql_mode=mode))))[0]
        for mode in ("ANSI", "STRICT_ALL_TABLES")
    )
    assert first.definitions.keys() == later.definitions.keys()
    assert first.definitions != later.definitions


def test_nothing_that_is_stored_reaches_over_into_the_database_it_came_from():
    change = "ALTER DATABASE `uji` CHARACTER SET latin1 COLLATE latin1_swedish_ci ;\n"
    head = (
        "/*!50003 CREATE*/ /*!50003 TRIGGER `uji`.`t` /* uji. */ AFTER INSERT ON uji . x FOR EACH"
    )
    dump = whole(table("x", triggers=change + program(head, "ROW SET @a = uji.f() */")))
    cutter, parts = cut(dump)
    assert joined(parts) == dump.replace("DATABASE `uji` ", "DATABASE ").replace(
        "`uji`.`t`", "`t`"
    ).replace("ON uji . x", "ON x")
    assert ("trigger", "t") in cutter.definitions


def test_sections_without_objects_stay_with_what_follows():
    empty = (
        "\n--\n-- Dumping events for database 'uji'\n--\n"
        "\n--\n-- Dumping routines for database 'uji'\n--\n"
    )
    dump = whole(table("x"), empty)
    _, parts = cut(dump)
    assert [kind for kind, *_ in parts] == ["header", "table", "rows", "after", "footer"]
    assert joined(parts) == dump


@pytest.mark.parametrize("missing", ["-- Dump completed\n", FOOTER, "TABLES;\n" + FOOTER])
def test_a_dump_without_its_end_is_not_whole(missing):
    with pytest.raises(Malformed, match="stops before its end line"):
        cut(whole(table("x", inserts("x", [(1,)]))).removesuffix(missing))


@pytest.mark.parametrize(
    "dump",
    [
        whole("INSERT INTO `x` VALUES\n(1);\n"),
        whole(table("x", "REPLACE INTO `x` VALUES\n(1);\n")),
        whole(table("x", "INSERT INTO `x` SET id = 1;\n")),
    ],
)
def test_rows_in_an_unknown_form_are_refused_rather_than_miscounted(dump):
    with pytest.raises(Malformed):
        cut(dump)


def test_memory_stays_small_however_long_a_row_is():
    cutter = Cutter(Swallowed())
    cutter.feed(HEADER.encode() + table("x").split("/*!40000 ALTER TABLE `x` ENABLE")[0].encode())
    cutter.feed(b"INSERT INTO `x` VALUES\n(0x")
    chunk = b"41" * (1 << 17)
    tracemalloc.start()
    for _ in range(64):
        cutter.feed(chunk)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * len(chunk)


class Swallowed:
    """Keeps nothing."""

    def begin(self, kind, name):
        pass

    def write(self, data):
        pass
