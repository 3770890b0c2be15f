"""Reading what pg_restore prints: names are never parsed, bodies never cut."""

import io

from backups.engines.postgresql_catalogue import Catalogue, Relation, qualified
from backups.engines.postgresql_schema import read_list, read_statements, write_schema

PRINTED = r"""--
-- PostgreSQL database dump
--

\restrict acak

-- Dumped from database version 15.18

-- Started on 2026-11-23 08:34:21 UTC

SET client_encoding = 'UTF8';

--
-- TOC entry 7 (class 1255 OID 300)
-- Name: f(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.f() RETURNS trigger AS $$
--
-- Name: bukan kepala
--
$$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- TOC entry 5 (class 1259 OID 200)
-- Name: a b; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public."a
b" ();


--
-- TOC entry 6 (class 0 OID 0)
-- Dependencies: 5 7
-- Name: TABLE "a b"; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON TABLE public."a
b" IS 'x';


--
-- TOC entry 9 (class 1259 OID 400)
-- Dependencies: 5
-- Name: i; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX i ON public."a
b" ();


-- Completed on 2026-11-23 08:34:22 UTC

--
-- PostgreSQL database dump complete
--

\unrestrict acak

"""


def relation(oid: int, name: str) -> Relation:
    return Relation(
        oid=oid,
        relkind="r",
        name=name,
        columns=(),
        readable=True,
        rows_hidden=False,
        extension_owned=False,
        extension_data=False,
        has_data=True,
    )


CATALOGUE = Catalogue(
    relations={200: relation(200, "public.a\nb")},
    functions={300: "public.f()"},
    parts={(1259, 400): 200},
    large_objects=0,
    size_bytes=0,
)


def written(printed: str) -> tuple[str, dict[tuple[int, int], str]]:
    out = io.StringIO()
    digests = write_schema(read_statements(io.StringIO(printed, newline="\n")), CATALOGUE, out)
    return out.getvalue(), digests


def test_the_schema_keeps_statements_and_drops_what_changes_each_time():
    schema, _ = written(PRINTED)
    assert schema.startswith("SET client_encoding = 'UTF8';\n\nCREATE FUNCTION")
    assert "--\n-- Name: bukan kepala\n--\n$$;" in schema
    assert schema.rstrip().endswith('CREATE INDEX i ON public."a\nb" ();')
    assert not [
        word for word in ("acak", "Dumped", "Started", "Completed", "TOC") if word in schema
    ]


def test_comments_and_indexes_count_as_their_tables_own():
    _, digests = written(PRINTED)
    assert set(digests) == {(1255, 300), (1259, 200)}
    for change in (("IS 'x'", "IS 'y'"), ("INDEX i", "INDEX j")):
        _, changed = written(PRINTED.replace(*change))
        assert changed[1259, 200] != digests[1259, 200]
        assert changed[1255, 300] == digests[1255, 300]


def test_settings_printed_before_the_next_object_are_no_part_of_this_one():
    _, digests = written(PRINTED)
    _, without = written(PRINTED.replace("SET default_tablespace = '';\n\n", ""))
    assert without == digests


def test_windows_line_ends_in_a_body_are_kept():
    schema, _ = written(PRINTED.replace("bukan kepala", "bukan\r kepala\x85\u2028"))
    assert "bukan\r kepala\x85\u2028\n" in schema


def test_the_list_tells_data_from_what_is_only_named_so():
    entries = read_list(
        ";\n; Selected TOC Entries:\n;\n"
        "5; 1259 200 TABLE DATA benar postgres\n"  # a table `benar` in a schema "DATA"
        "10; 0 200 TABLE DATA public a b postgres\n"
        "11; 0 0 COMMENT public TABLE TABLE DATA x postgres\n"
        "12; 0 0 SEQUENCE SET public nomor postgres\n"
    )
    assert sorted(entries) == [5, 10, 11, 12]
    assert [each.dump_id for each in entries.values() if each.is_table_data] == [10]
    assert [each.dump_id for each in entries.values() if each.is_sequence_value] == [12]


def test_names_are_quoted_only_where_they_would_be_ambiguous():
    names = {("a.b", "c"), ("a", "b.c"), ("a", 'b"."c'), ('"a"', "b"), ("a", "f("), ("S X", "y'z")}
    assert qualified("S X", "y'z") == "S X.y'z"
    assert qualified("a.b", "c") == '"a.b".c'
    assert len({qualified(*name) for name in names}) == len(names)
