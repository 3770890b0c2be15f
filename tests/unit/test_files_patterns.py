"""Excludes: what they leave out, and how restic and rsync are told."""

import pytest

from backups.engines.files_patterns import Excludes, escape
from backups.errors import SourceRefused
from backups.specs import SourceSpec


def excludes(*written):
    return Excludes(SourceSpec("b", "Berkas", "files", excludes=written))


@pytest.mark.parametrize(
    ("pattern", "left_out", "kept"),
    [
        ("*.tmp", ["a.tmp", "x/y/.tmp", "x/baris\nbaru.tmp"], ["a.tmp.txt", "tmp"]),
        ("cache", ["cache", "x/cache"], ["cache2", "x/mycache", "cache/isi"]),
        ("cache/", ["cache", "x/cache"], ["cache2"]),
        ("/cache", ["cache"], ["x/cache"]),
        ("log/*.gz", ["log/a.gz", "x/log/.gz"], ["a.gz", "log/x/a.gz"]),
        ("/a/**/z", ["a/z", "a/b/z", "a/b/c/z"], ["z", "a/bz", "x/a/z"]),
        ("a/**", ["a", "x/a"], ["ab"]),
        ("a**b", ["ab", "axxb"], ["a/b"]),
        ("?", ["a", "é", "日", "x/1"], ["ab"]),
        ("[a-c]x", ["ax", "cx"], ["dx", "a", "x"]),
        ("[!a-c]x", ["dx", "-x"], ["ax"]),
        ("[^a]x", ["bx"], ["ax"]),
        ("a[+-9]b", ["a5b", "a.b"], ["a/b"]),
        ("a[!x]b", ["ayb"], ["a/b", "axb"]),
        (r"\*", ["*"], ["a"]),
        (r"[\]]", ["]"], ["[", "\\"]),
        ("[abc", ["[abc"], ["a"]),
        ("a.b$", ["a.b$"], ["axb$", "a.b"]),
        ("./a//b", ["a/b", "x/a/b"], ["a"]),
        ("Ünï*", ["Ünïversitas"], ["Uni"]),
    ],
)
def test_a_pattern_leaves_out_what_it_says(pattern, left_out, kept):
    match = excludes(pattern).match
    assert [path for path in left_out if not match(path.encode())] == []
    assert [path for path in kept if match(path.encode())] == []


def test_a_wildcard_takes_bytes_that_are_no_text():
    assert excludes("b?.txt").match(b"b\xe9.txt")
    assert excludes("*.txt").match(b"x/b\xe9.txt")


def test_no_pattern_leaves_out_nothing():
    assert not excludes("", "/", "**")
    assert not excludes("").match(b"a")


@pytest.mark.parametrize("pattern", ["[z-a]", "../etc", "a/../b"])
def test_a_pattern_that_means_nothing_is_refused_by_name(pattern):
    with pytest.raises(SourceRefused, match="Berkas: the exclude pattern") as caught:
        excludes("*.tmp", pattern)
    assert repr(pattern) in str(caught.value)


def test_restic_gets_patterns_tied_to_the_root():
    patterns = excludes("*.tmp", "/a b/*", "[!x]$", "log/**/old").restic("/srv/[data]*")
    assert patterns == (
        r"/srv/\[data\]\*/**/*.tmp",
        r"/srv/\[data\]\*/a b/*",
        r"/srv/\[data\]\*/**/[^\x-\x]$",
        r"/srv/\[data\]\*/**/log/**/old",
    )


def test_a_source_that_is_the_whole_disk_has_patterns_too():
    assert excludes("/proc", "*.tmp").restic("/") == ("/proc", "/**/*.tmp")


def test_rsync_gets_only_what_it_reads_as_we_do():
    rules = excludes("*.tmp", "/a b/", "log/x", "b?", "[ab]", r"\*", "a/**/b").rsync()
    assert rules == ("- *.tmp", "- /a b", "- log/x")


def test_an_escaped_path_means_itself():
    assert escape(r"/a*b?[c]\d") == r"/a\*b\?\[c\]\\d"


def test_what_lies_below_a_left_out_folder_is_covered():
    assert excludes("cache").cover(b"x/cache/y/z")
    assert not excludes("cache").cover(b"x/caches/y")
