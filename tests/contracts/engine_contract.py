"""What every engine must do, whatever it reads: inherit this and give it a `source`."""

from __future__ import annotations

import hashlib
import shutil
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from backups import manifest
from backups.engines.base import Engine
from backups.engines.registry import engine_of_kind
from backups.errors import BackupError, Cancelled
from backups.specs import UNWATCHED, Dump, ManifestObject, SourceSpec, Unwatched

ODD_SIGNS = (" ", "'", '"', "\n", "é", "日")  # each stands in the name of some object


class Trouble(NamedTuple):
    """A source that cannot be read, and the error that must say so."""

    what: str
    spec: SourceSpec
    error: type[BackupError]


class LivingSource(ABC):
    """A real source of one kind, filled with awkward things, and what can befall it.

    `objects` is what it holds: rows (None where they are not counted) by kind and name, whole
    for each kind that it mentions.
    """

    engine: Engine
    spec: SourceSpec
    objects: dict[tuple[str, str], int | None]

    def place(self, kind: str, name: str) -> object:
        """Return what the order of this kind's manifests goes by."""
        return (kind, name)

    @abstractmethod
    def change(self) -> tuple[str, str]:
        """Change the data of one object and of no other; return its kind and name."""

    @abstractmethod
    def troubles(self) -> Sequence[Trouble]:
        """Return the source with a wrong address, credential, ... whatever its kind knows."""


class Stopped(Unwatched):
    """A Watch of work that somebody has cancelled."""

    def stopped(self) -> bool:
        return True


class Meter(Unwatched):
    """A Watch that remembers all that it heard."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, int | None]] = []

    def advance(self, done: int, total: int | None = None) -> None:
        self.heard.append((done, total))


class EngineContract:
    """The promises of backups.engines.base, each as a test."""

    @pytest.fixture
    def source(self) -> LivingSource:
        raise AssertionError("Each kind of engine gives its own source.")

    @pytest.fixture
    def dump(self, source, tmp_path) -> Dump:
        return dump_into(source, tmp_path / "dump")

    # Asking

    def test_stands_in_the_registry_with_tools_that_are_here(self, source):
        assert type(engine_of_kind(source.engine.kind)) is type(source.engine)
        assert source.spec.engine == source.engine.kind
        assert all(map(shutil.which, source.engine.tools))

    def test_says_how_the_source_is(self, source):
        facts = source.engine.probe(source.spec)
        assert facts.server_version
        assert facts.size_bytes is None or facts.size_bytes > 0
        assert facts.objects is None or facts.objects >= len(source.objects)
        assert facts.warnings == ()

    def test_asking_changes_nothing(self, source, tmp_path):
        before = contents(dump_into(source, tmp_path / "before"))
        source.engine.probe(source.spec)
        assert contents(dump_into(source, tmp_path / "after")) == before

    # Dumping

    def test_lists_every_object_with_its_rows(self, source, dump):
        kinds = {kind for kind, _ in source.objects}
        listed = {(each.kind, each.name): each.rows for each in objects_of(dump)}
        assert {key: rows for key, rows in listed.items() if key[0] in kinds} == source.objects

    def test_keeps_names_however_odd(self, source, dump):
        listed = {(each.kind, each.name) for each in objects_of(dump)}
        for sign in ODD_SIGNS:
            odd = {key for key in source.objects if sign in key[1]}
            assert odd, f"no name here has {sign!r}"
            assert odd <= listed

    def test_lists_each_object_once_in_a_fixed_order(self, source, dump):
        places = [source.place(each.kind, each.name) for each in objects_of(dump)]
        assert all(earlier < later for earlier, later in pairwise(places))

    def test_the_summary_says_what_the_manifest_says(self, source, dump):
        told, listed = dump.manifest, objects_of(dump)
        assert told.sha256 == hashlib.sha256(told.path.read_bytes()).hexdigest()
        assert (told.objects, told.rows) == (len(listed), sum(each.rows or 0 for each in listed))
        assert told.bytes == sum(each.bytes for each in listed)
        assert told.engine == source.engine.kind
        assert told.server_version == source.engine.probe(source.spec).server_version
        assert told.warnings == ()
        assert timedelta() <= datetime.now(UTC) - told.taken_at < timedelta(minutes=5)

    def test_what_goes_into_the_vault_exists_and_holds_the_manifest(self, dump):
        assert all(path.is_absolute() and path.exists() for path in dump.paths)
        assert any(dump.manifest.path.is_relative_to(path) for path in dump.paths)

    def test_each_data_file_is_what_the_manifest_says(self, source, dump):
        with_data = [each for each in objects_of(dump) if each.file]
        for each in with_data:
            data = (dump.manifest.path.parent / each.file).read_bytes()
            assert (len(data), hashlib.sha256(data).hexdigest()) == (each.bytes, each.sha256)

    def test_every_counted_object_has_a_digest(self, source, dump):
        listed = {(each.kind, each.name): each for each in objects_of(dump)}
        counted = [key for key, rows in source.objects.items() if rows is not None]
        assert all(len(listed[key].sha256 or "") == 64 for key in counted)

    def test_two_dumps_of_an_unchanged_source_are_equal(self, source, dump, tmp_path):
        assert contents(dump_into(source, tmp_path / "again")) == contents(dump)

    def test_knowing_the_last_manifest_changes_nothing(self, source, dump, tmp_path):
        again = dump_into(source, tmp_path / "again", previous=dump.manifest.path)
        assert contents(again) == contents(dump)

    @pytest.mark.parametrize("knows_the_last", [False, True])
    def test_a_change_shows_where_it_happened_and_nowhere_else(
        self, source, dump, tmp_path, knows_the_last
    ):
        changed = source.change()
        previous = dump.manifest.path if knows_the_last else None
        again = dump_into(source, tmp_path / "again", previous=previous)
        before, after = digests(dump), digests(again)
        assert {key for key in before | after if before.get(key) != after.get(key)} == {changed}

    @pytest.mark.parametrize("every", [2, 1_000_000])
    def test_a_dump_of_chosen_tables_holds_their_rows_and_no_others(
        self, source, dump, tmp_path, every
    ):
        whole = {each.name: each for each in objects_of(dump) if each.kind == "table" and each.rows}
        names = sorted(whole)[every - 1 :: every]
        (tmp_path / "part").mkdir()
        part = source.engine.dump(
            replace(source.spec, only=(*names, "tak ada")), tmp_path / "part", UNWATCHED, None
        )
        listed = {each.name: each for each in objects_of(part) if each.kind == "table"}
        if source.engine.by_table:
            whole = {name: whole[name] for name in names}
            assert set(listed) == set(names)
            stored = {each.file for each in listed.values()}
            files = {f"data/{each.name}" for each in (tmp_path / "part/data").iterdir()}
            data = {each for each in files if each.endswith((".dat", ".rows.sql"))}
            assert data - {"data/toc.dat"} == stored
        assert {
            name: (each.sha256, each.rows, each.schema_sha256) for name, each in whole.items()
        } == {
            name: (each.sha256, each.rows, each.schema_sha256)
            for name, each in listed.items()
            if each.rows
        }

    def test_nothing_is_restless_in_a_source_at_rest(self, source, dump):
        assert source.engine.restless(source.spec, dump) == ()

    def test_tells_how_far_it_is(self, source, tmp_path):
        meter = Meter()
        dump_into(source, tmp_path / "dump", watch=meter)
        assert meter.heard
        assert all(done <= total for done, total in meter.heard if total is not None)
        assert all(earlier[0] <= later[0] for earlier, later in pairwise(meter.heard))

    def test_no_password_stands_in_what_is_stored(self, source, dump):
        secrets = {each.password for each in (source.spec.read, source.spec.write) if each}
        files = chain.from_iterable(path.rglob("*") for path in dump.paths)
        stored = [path.read_bytes() for path in files if path.is_file()]
        assert stored
        assert not [each for each in secrets for data in stored if each and each.encode() in data]

    # Trouble

    def test_every_trouble_has_its_own_error_and_a_sentence(self, source, tmp_path):
        troubles = source.troubles()
        assert troubles
        for number, trouble in enumerate(troubles):
            folder = tmp_path / str(number)
            folder.mkdir()
            for use in (
                source.engine.probe,
                lambda spec, into=folder: source.engine.dump(spec, into, UNWATCHED, None),
            ):
                with pytest.raises(BackupError) as caught:
                    use(trouble.spec)
                assert type(caught.value) is trouble.error, (trouble.what, str(caught.value))
                assert_speaks_to_the_operator(caught.value, trouble.spec)
            assert not (folder / manifest.FILE_NAME).exists()

    def test_cancelled_work_leaves_nothing_running(self, source, tmp_path):
        running = children()
        with pytest.raises(Cancelled):
            dump_into(source, tmp_path / "dump", watch=Stopped())
        assert children() == running
        assert not (tmp_path / "dump" / manifest.FILE_NAME).exists()

    def test_good_work_leaves_nothing_running(self, source, tmp_path):
        running = children()
        dump_into(source, tmp_path / "dump")
        assert children() == running


def dump_into(source, folder, *, watch=UNWATCHED, previous=None) -> Dump:
    """Dump the source into a new folder."""
    folder.mkdir()
    return source.engine.dump(source.spec, folder, watch, previous)


def objects_of(dump: Dump) -> list[ManifestObject]:
    """Return all that the dump's manifest lists."""
    return list(manifest.read_objects(dump.manifest.path))


def contents(dump: Dump) -> list[ManifestObject]:
    """Return what must be equal in two dumps of the same; a data file's own name need not be."""
    return [
        ManifestObject(
            kind=each.kind,
            name=each.name,
            bytes=each.bytes,
            rows=each.rows,
            sha256=each.sha256,
            schema_sha256=each.schema_sha256,
            columns=each.columns,
        )
        for each in objects_of(dump)
    ]


def digests(dump: Dump) -> dict[tuple[str, str], str | None]:
    """Return the digest of each object's data."""
    return {(each.kind, each.name): each.sha256 for each in objects_of(dump)}


def assert_speaks_to_the_operator(error: BackupError, spec: SourceSpec) -> None:
    """The sentence names the source, an advice follows it, and neither tells a password."""
    assert spec.name in str(error)
    assert error.advice
    for credential in (spec.read, spec.write):
        if credential and credential.password:
            assert credential.password not in f"{error} {error.advice}"


def children() -> set[int]:
    """Return the processes that this one started and that still run."""
    listings = Path("/proc/self/task").glob("*/children")
    return {int(word) for listing in listings for word in listing.read_text().split()}
