"""What every replacer must do: inherit this and give it a `target`.

A target is a living source, its good copy as fetched from a vault, and ways to damage it.
"""

from __future__ import annotations

import subprocess
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from backups import manifest
from backups.engines.base import Engine, Replacer
from backups.engines.registry import replacer_of_kind
from backups.errors import BackupError, SourceRefused
from backups.specs import UNWATCHED, WHOLE, Fetched, ManifestObject, Scope, SourceSpec, Standing
from backups.verify import Proof, prove
from tests.contracts.engine_contract import children

LABEL = "pulih_7_a1b2"
SERVER_FACTS = frozenset({"roles", "database"})


class LivingTarget(ABC):
    """A real source with a `write` credential, whose good copy is dumped by the test itself.

    `scopes` are the scopes that its kind knows, the whole first. `beside_name` is a name for
    `keep_as` that nothing has yet.
    """

    engine: Engine
    replacer: Replacer
    spec: SourceSpec
    scopes: Sequence[Scope]
    beside_name: str

    @abstractmethod
    def damage(self, scope: Scope) -> None:
        """Change, remove and add data within `scope`, and change something outside of it."""

    @abstractmethod
    def write_more(self) -> None:
        """Write something within every scope, as people do after a restore."""

    @abstractmethod
    def names(self) -> set[str]:
        """Return the names that stand where live stands: databases, or files beside it."""


class ReplacerContract:
    """The promises of backups.engines.base.Replacer, each as a test."""

    @pytest.fixture
    def target(self) -> LivingTarget:
        raise AssertionError("Each kind of replacer gives its own target.")

    @pytest.fixture(params=[0, 1], ids=["whole", "part"])
    def scope(self, request, target) -> Scope:
        return target.scopes[request.param]

    @pytest.fixture
    def good(self, target, tmp_path) -> Fetched:
        return copy_of(target, target.spec, tmp_path / "good")

    def test_stands_in_the_registry(self, target):
        assert type(replacer_of_kind(target.engine.kind)) is type(target.replacer)
        assert target.scopes[0] == WHOLE

    def test_the_fingerprint_stays_while_only_rows_change(self, target, scope, good):
        first = target.replacer.survey(target.spec, scope, good)
        assert first.blockers == ()
        target.write_more()
        assert target.replacer.survey(target.spec, scope, good).fingerprint == first.fingerprint

    def test_live_is_untouched_until_the_swap(self, target, scope, good, tmp_path):
        target.damage(scope)
        before = contents(target, target.spec, tmp_path / "before")
        load(target, scope, good, tmp_path)
        assert target.replacer.standing(target.spec, scope, LABEL) == Standing.BESIDE
        assert contents(target, target.spec, tmp_path / "after") == before

    def test_what_is_loaded_is_what_was_backed_up(self, target, scope, good, tmp_path):
        place = load(target, scope, good, tmp_path)
        proof = proven(target, scope, good, copy_of(target, place, tmp_path / "proof"))
        assert proof.holds, proof.sentence()

    def test_the_swap_makes_the_copy_live_and_keeps_the_old(self, target, scope, good, tmp_path):
        target.damage(scope)
        damaged = copy_of(target, target.spec, tmp_path / "damaged")
        swap(target, scope, good, tmp_path)
        assert target.replacer.standing(target.spec, scope, LABEL) == Standing.SWAPPED
        live = copy_of(target, target.spec, tmp_path / "live")
        assert (told := proven(target, scope, good, live)).holds, told.sentence()
        old = target.replacer.aside(target.spec, scope, LABEL)
        aside = copy_of(target, old, tmp_path / "aside")
        told = proven(target, scope, damaged, aside, definitions=scope.is_whole)
        assert told.holds, told.sentence()  # a part put aside must not hold living rows by its keys

    def test_what_is_outside_the_scope_stays_as_it_is(self, target, good, tmp_path):
        scope = target.scopes[1]
        target.damage(scope)
        before = outside(target, scope, copy_of(target, target.spec, tmp_path / "before"))
        swap(target, scope, good, tmp_path)
        assert before
        assert outside(target, scope, copy_of(target, target.spec, tmp_path / "after")) == before

    def test_swapping_twice_is_swapping_once(self, target, scope, good, tmp_path):
        target.damage(scope)
        place = swap(target, scope, good, tmp_path)
        once = contents(target, target.spec, tmp_path / "once")
        target.replacer.swap(target.spec, place, scope, LABEL, UNWATCHED)
        assert contents(target, target.spec, tmp_path / "twice") == once

    def test_swapping_back_makes_the_old_live(self, target, scope, good, tmp_path):
        target.damage(scope)
        damaged = contents(target, target.spec, tmp_path / "damaged")
        swap(target, scope, good, tmp_path)
        target.write_more()
        target.replacer.swap_back(target.spec, scope, LABEL, UNWATCHED)
        back = contents(target, target.spec, tmp_path / "back")
        assert within(target, scope, back) == within(target, scope, damaged)
        standing = target.replacer.standing(target.spec, scope, LABEL)
        assert standing in {Standing.BESIDE, Standing.NOTHING}

    def test_discarding_leaves_live_alone_and_nothing_else(self, target, scope, good, tmp_path):
        names = target.names()
        target.damage(scope)
        swap(target, scope, good, tmp_path)
        live = contents(target, target.spec, tmp_path / "live")
        target.replacer.discard(target.spec, scope, LABEL)
        target.replacer.discard(target.spec, scope, LABEL)
        assert target.replacer.standing(target.spec, scope, LABEL) == Standing.NOTHING
        assert contents(target, target.spec, tmp_path / "after") == live
        assert target.names() == names

    def test_a_place_half_made_is_made_anew(self, target, scope, good, tmp_path):
        load(target, scope, good, tmp_path / "first")
        place = load(target, scope, good, tmp_path / "second")
        proof = proven(target, scope, good, copy_of(target, place, tmp_path / "proof"))
        assert proof.holds, proof.sentence()

    def test_mending_what_is_whole_changes_nothing(self, target, scope, good, tmp_path):
        replacer, live = target.replacer, target.spec
        assert replacer.standing(live, scope, LABEL) == Standing.NOTHING
        assert replacer.mend(live, scope, LABEL) == Standing.NOTHING
        swap(target, scope, good, tmp_path)
        before = contents(target, live, tmp_path / "before")
        assert replacer.mend(live, scope, LABEL) == Standing.SWAPPED
        assert contents(target, live, tmp_path / "after") == before

    def test_kept_beside_it_has_the_name_that_was_asked_for(self, target, scope, good, tmp_path):
        before = contents(target, target.spec, tmp_path / "before")
        names = target.names()
        load(target, scope, good, tmp_path)
        kept = target.replacer.keep_as(target.spec, scope, LABEL, target.beside_name)
        assert target.beside_name in kept
        target.replacer.discard(target.spec, scope, LABEL)
        assert len(target.names() - names) == 1
        assert contents(target, target.spec, tmp_path / "after") == before

    def test_a_name_that_is_taken_is_refused(self, target, scope, good, tmp_path):
        load(target, scope, good, tmp_path / "one")
        target.replacer.keep_as(target.spec, scope, LABEL, target.beside_name)
        load(target, scope, good, tmp_path / "two")
        with pytest.raises(BackupError, match=target.beside_name):
            target.replacer.keep_as(target.spec, scope, LABEL, target.beside_name)

    def test_without_a_credential_to_write_it_says_so(self, target, scope, good):
        if target.spec.write is None:
            return
        with pytest.raises(SourceRefused):
            target.replacer.prepare(replace(target.spec, write=None), scope, LABEL, good)

    def test_a_name_that_the_copy_has_not_is_told(self, target, good):
        part = replace(target.scopes[1], names=("public.tidak_ada",))
        with pytest.raises(BackupError, match="tidak_ada"):
            target.replacer.wanted(good, part)

    def test_leaves_nothing_running(self, target, scope, good, tmp_path):
        running = children()
        swap(target, scope, good, tmp_path)
        target.replacer.swap_back(target.spec, scope, LABEL, UNWATCHED)
        target.replacer.discard(target.spec, scope, LABEL)
        assert children() == running


def copy_of(target: LivingTarget, spec: SourceSpec, folder: Path) -> Fetched:
    """Dump a source as a vault would give it back: the folder holds all that load needs."""
    folder.mkdir(parents=True)
    dump = target.engine.dump(spec, folder, UNWATCHED, None)
    there = Fetched(Path("/"), tuple(str(path) for path in dump.paths))
    in_place = not dump.paths[0].is_relative_to(folder)  # files are read where they stand
    return handed_over(there, folder.with_name(f"{folder.name}.kept")) if in_place else there


def load(target: LivingTarget, scope: Scope, good: Fetched, folder: Path) -> SourceSpec:
    """Prepare a place and load what the scope needs."""
    place = target.replacer.prepare(target.spec, scope, LABEL, good)
    assert place == target.replacer.place(target.spec, scope, LABEL)
    target.replacer.load(handed_over(good, folder / "handed"), place, scope, UNWATCHED)
    return place


def handed_over(good: Fetched, folder: Path) -> Fetched:
    """Return a copy of what was fetched: a load may move its files."""
    for path in good.paths:
        into = folder / path.lstrip("/")
        into.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(("cp", "-a", "-T", good.target / path.lstrip("/"), into), check=True)
    return Fetched(folder, good.paths)


def swap(target: LivingTarget, scope: Scope, good: Fetched, folder: Path) -> SourceSpec:
    """Load beside and swap."""
    place = load(target, scope, good, folder)
    target.replacer.swap(target.spec, place, scope, LABEL, UNWATCHED)
    return place


def objects(copy: Fetched) -> list[ManifestObject]:
    """Return all that the copy's manifest lists but what belongs to the server."""
    listed = manifest.read_objects(copy.dump / manifest.FILE_NAME)
    return [each for each in listed if each.kind not in SERVER_FACTS]


def contents(target: LivingTarget, spec: SourceSpec, folder: Path) -> dict:
    """Return what must be equal in two dumps of the same."""
    listed = objects(copy_of(target, spec, folder))
    return {(o.kind, o.name): (o.rows, o.sha256, o.schema_sha256) for o in listed}


def within(target: LivingTarget, scope: Scope, held: dict) -> dict:
    """Return what of `contents` the scope brings: what a trigger wrote elsewhere is no part."""
    covers = target.replacer.covers
    return {key: value for key, value in held.items() if covers(ManifestObject(*key), scope)}


def outside(target: LivingTarget, scope: Scope, copy: Fetched) -> dict:
    """Return the contents of what the scope does not bring."""
    return {
        (each.kind, each.name): (each.rows, each.sha256)
        for each in objects(copy)
        if each.sha256 and not target.replacer.covers(each, scope) and each.kind != "schema"
    }


def proven(
    target: LivingTarget,
    scope: Scope,
    recorded: Fetched,
    loaded: Fetched,
    *,
    definitions: bool = True,
) -> Proof:
    """Compare two copies as a restore's proof does."""
    covers = target.replacer.covers
    return prove(
        [each for each in objects(recorded) if covers(each, scope)],
        [each for each in objects(loaded) if covers(each, scope)],
        definitions=definitions and target.replacer.brings_definitions(target.spec, scope),
    )
