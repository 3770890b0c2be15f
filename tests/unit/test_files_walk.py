"""The walk: one order, and each entry beside its line in an earlier manifest."""

import os
from datetime import UTC, datetime

import pytest

from backups import manifest
from backups.engines.files_names import encode_name
from backups.engines.files_read import Reader
from backups.engines.files_walk import Met, Recorded, beside, walk
from backups.specs import UNWATCHED

NAMES = ("a", "a.b", "a/x", "a/x/1", "a0", "b", "b/é", "b/\udce9\\", 'b/"', "b/\n")
FOLDERS = ("a", "a/x", "b")
IN_ORDER = ("", "a", "a/x", "a/x/1", "a.b", "a0", "b", "b/\n", 'b/"', "b/é", "b/\udce9\\")


@pytest.fixture
def tree(tmp_path):
    for name in NAMES:
        if name in FOLDERS:
            (tmp_path / name).mkdir()
        else:
            (tmp_path / name).write_text(name, errors="surrogateescape")
    return tmp_path


def walked(tree, **more):
    return walk(os.fsencode(tree), Met(), **more)


@pytest.fixture
def earlier(tree, tmp_path_factory):
    """Return the lines of a manifest of the tree as it is at first."""
    summary = manifest.write(
        tmp_path_factory.mktemp("dump"),
        Reader(os.fsencode(tree), UNWATCHED).objects(beside(walked(tree), iter(()))),
        engine="files",
        server_version="",
        taken_at=datetime.now(UTC),
    )
    return list(manifest.read_lines(summary.path))


def differing(tree, earlier):
    """Return what is not surely as it was: appeared, vanished, changed."""
    kinds = {"appeared": set(), "vanished": set(), "changed": set()}
    for entry, line, same in beside(walked(tree), iter(earlier)):
        if entry is None:
            kinds["vanished"].add(encode_name(Recorded.of(line).path))
        elif not same:
            kinds["changed" if line else "appeared"].add(encode_name(entry[0]))
    return {kind: names for kind, names in kinds.items() if names}


def test_a_folder_comes_before_what_it_holds_and_names_by_their_bytes(tree):
    assert tuple(os.fsdecode(path) for path, _ in walked(tree)) == IN_ORDER


def test_what_is_left_out_is_not_entered(tree):
    paths = [path for path, _ in walked(tree, leave_out=lambda path: path == b"a")]
    assert paths[:3] == [b"", b"a.b", b"a0"]


def test_an_unchanged_tree_is_surely_as_its_manifest_says(tree, earlier):
    assert differing(tree, earlier) == {}


def test_a_first_night_knows_nothing(tree):
    assert len(differing(tree, [])["appeared"]) == len(IN_ORDER)


@pytest.mark.parametrize("name", ["a.b", "a/x/1", "b/é", "b/\udce9\\", 'b/"', "b/\n"])
def test_a_changed_file_is_found_and_nothing_else(tree, earlier, name):
    (tree / name).write_text("lain")
    assert differing(tree, earlier) == {"changed": {encode_name(os.fsencode(name))}}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("!", {"appeared": {"!"}, "changed": {"."}}),
        ("b/zz", {"appeared": {"b/zz"}, "changed": {"b"}}),
        ("a/x/0", {"appeared": {"a/x/0"}, "changed": {"a/x"}}),
        ("a!/x", {"appeared": {"a!", "a!/x"}, "changed": {"."}}),
        ("zz/x", {"appeared": {"zz", "zz/x"}, "changed": {"."}}),
    ],
)
def test_what_appeared_is_found_whatever_its_place(tree, earlier, name, expected):
    (tree / name).parent.mkdir(exist_ok=True)
    (tree / name).touch()
    assert differing(tree, earlier) == expected


def test_what_vanished_is_found_whatever_its_place(tree, earlier):
    (tree / "a" / "x" / "1").unlink()
    (tree / "a" / "x").rmdir()
    (tree / "b" / "é").unlink()
    assert differing(tree, earlier) == {"vanished": {"a/x", "a/x/1", "b/é"}, "changed": {"a", "b"}}


def test_a_renamed_folder_is_new_though_its_files_are_as_old_as_ever(tree, earlier):
    (tree / "a").rename(tree / "c")
    assert differing(tree, earlier) == {
        "vanished": {"a", "a/x", "a/x/1"},
        "appeared": {"c", "c/x", "c/x/1"},
        "changed": {"."},
    }


def test_one_of_two_names_of_a_file_is_not_taken_for_the_other(tree, earlier):
    (tree / "b" / "é").unlink()
    (tree / "b" / "f").hardlink_to(tree / "a0")
    assert differing(tree, earlier) == {
        "vanished": {"b/é"},
        "appeared": {"b/f"},
        "changed": {"b", "a0"},
    }


def test_a_file_that_became_a_folder_is_not_the_same(tree, earlier):
    (tree / "a0").unlink()
    (tree / "a0").mkdir()
    assert differing(tree, earlier) == {"changed": {".", "a0"}}


@pytest.mark.parametrize("damage", [b"{", b"", b"null\n", b'{"name":7}\n', b'{"kind":"file"}\n'])
def test_a_damaged_line_only_costs_reading_again(tree, earlier, damage):
    broken = [*earlier[:4], damage + earlier[4][20:], *earlier[5:]]
    lost = encode_name(Recorded.of(earlier[4]).path)
    assert differing(tree, broken)["appeared"] == {lost}


def test_a_file_system_below_the_root_is_told_and_not_entered():
    met = Met()
    top = [path for path, _ in walk(b"/", met, lambda path: path.count(b"/") > 0)]
    assert b"proc" in top
    assert b"proc" in met.mounts


def test_a_quiet_night_reads_nothing(tree, earlier):
    pairs = beside(walked(tree), iter(earlier))
    kept = list(Reader(os.fsencode(tree), UNWATCHED).objects(pairs))
    assert [each.line for each in kept] == earlier
