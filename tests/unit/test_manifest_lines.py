"""Manifests kept line by line: taken over unparsed, compared unparsed."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backups import manifest
from backups.errors import DumpFailed
from backups.manifest import Differences, Kept
from backups.specs import ManifestObject

NOW = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


def written(folder, objects):
    folder.mkdir(exist_ok=True)
    return manifest.write(folder, objects, engine="files", server_version="1", taken_at=NOW)


def file(name, content="a"):
    return ManifestObject("file", name, bytes=len(content), sha256=content * 64)


def test_kept_lines_make_the_same_manifest(tmp_path):
    objects = [file("a"), file("b", "bb"), file('c\n"', "")]
    first = written(tmp_path / "1", objects)
    kept = [
        Kept(line, each.bytes)
        for line, each in zip(manifest.read_lines(first.path), objects, strict=True)
    ]
    second = written(tmp_path / "2", kept)
    assert second.sha256 == first.sha256
    assert (second.objects, second.bytes) == (first.objects, first.bytes) == (3, 3)


def test_a_large_manifest_is_summed_up_as_it_is_written(tmp_path):
    summary = written(tmp_path, (file(f"{number:06}") for number in range(20_000)))
    assert summary.path.stat().st_size > 2 * (1 << 20)
    assert len(list(manifest.read_objects(summary.path))) == summary.objects == 20_000
    assert manifest.total_bytes(summary.path) == summary.bytes == 20_000


def test_work_that_fails_leaves_no_manifest(tmp_path):
    def failing():
        yield file("a")
        raise DumpFailed("half-way")

    with pytest.raises(DumpFailed, match="half-way"):
        written(tmp_path, failing())
    assert not (tmp_path / manifest.FILE_NAME).exists()


@pytest.mark.parametrize("cut", [1, 3, 60, -1, -20, -200])
def test_a_manifest_cut_anywhere_is_no_manifest(tmp_path, cut):
    path = written(tmp_path, [file("a"), file("b")]).path
    whole = path.read_bytes().rstrip(b"\n")
    path.write_bytes(whole[:cut])
    for read in (lambda: list(manifest.read_objects(path)), lambda: manifest.total_bytes(path)):
        with pytest.raises(DumpFailed):
            read()


NIGHTS = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("xyz"), max_size=8)


@given(before=NIGHTS, after=NIGHTS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_differences_are_what_is_not_in_both(tmp_path, before, after):
    old, new = ([file(*item) for item in night.items()] for night in (before, after))
    one, other = written(tmp_path / "1", old).path, written(tmp_path / "2", new).path
    found = manifest.differences(one, other)
    assert found == Differences(
        sorted((each for each in old if each not in new), key=lambda each: each.name),
        sorted((each for each in new if each not in old), key=lambda each: each.name),
    )


def test_too_many_differences_are_not_held(tmp_path):
    one = written(tmp_path / "1", [file(f"{number}") for number in range(10)]).path
    other = written(tmp_path / "2", [file(f"{number}", "b") for number in range(10)]).path
    assert manifest.differences(one, other, most=9) is None
    assert manifest.differences(one, other, most=10) is not None
