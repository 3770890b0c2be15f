"""The proof by content."""

from dataclasses import replace

from backups.specs import ManifestObject
from backups.verify import prove

KRS = ManifestObject(
    "table", "public.krs", bytes=9, rows=3, sha256="a" * 64, schema_sha256="b" * 64
)
VIEW = ManifestObject("view", "public.aktif", schema_sha256="c" * 64)
ROLES = ManifestObject("roles", "roles", sha256="d" * 64)


def test_equal_digests_prove():
    proof = prove([KRS, VIEW], [VIEW, KRS])
    assert (proof.compared, proof.equal, proof.holds, proof.sentence()) == (2, 2, True, "")


def test_one_changed_row_is_named():
    proof = prove([KRS, VIEW], [replace(KRS, sha256="e" * 64), VIEW])
    assert not proof.holds
    assert proof.different == ("public.krs",)
    assert "public.krs" in proof.sentence()


def test_a_changed_schema_differs_though_the_rows_are_equal():
    assert not prove([KRS], [replace(KRS, schema_sha256="f" * 64)]).holds


def test_a_missing_object_and_one_too_many_are_told():
    proof = prove([KRS], [VIEW])
    assert (proof.missing, proof.extra, proof.holds) == (("public.krs",), ("public.aktif",), False)


def test_nothing_compared_proves_nothing():
    assert not prove([], []).holds


def test_what_a_load_cannot_bring_is_left_out():
    assert prove([KRS, ROLES], [KRS], ignored_kinds=frozenset({"roles"})).holds


def test_an_object_that_changed_under_the_store_is_compared_by_presence():
    busy = replace(KRS, sha256=None)
    assert prove([busy], [KRS]).holds
    assert not prove([busy], []).holds
