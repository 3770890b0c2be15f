"""Data damaged, restored and undone again, of every kind and scope: `compare` says how it stands.

By the commands as an operator types them, and by the pages' own addresses as people press them.
"""

import json
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from backups import tasks
from backups.jobs import comparing
from backups.models import Comparison, Emergency, RestoreJob, RestoreUndo, RowPick
from portal.accounts.models import Role
from tests.app.people import person, prove
from tests.contracts import target_files, target_mariadb, target_postgresql, target_sqlite
from tests.real.restores import backed_up, source_of

KINDS = {
    "postgresql": target_postgresql,
    "mariadb": target_mariadb,
    "sqlite": target_sqlite,
    "files": target_files,
}
OF_ROWS = {"postgresql": "public.nilai", "mariadb": "krs", "sqlite": "pinjam"}


@pytest.fixture(params=KINDS)
def damaged(request, vaults, tmp_path, settings):
    """Give a damaged target, its source, and the good night behind it."""
    settings.PULIH_COMPARISONS = tmp_path / "comparisons"
    place = tmp_path / "living"
    place.mkdir()
    with KINDS[request.param].living(request, place) as target:
        source = source_of(target.spec)
        night = backed_up(source)
        target.damage(target.scopes[0])
        yield target, source, night


with_rows = pytest.mark.parametrize("damaged", OF_ROWS, indirect=True)


def said(command, *words):
    """Return what a command says with --json."""
    out = StringIO()
    call_command(command, *words, "--json", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue().splitlines()[-1])


def compared(source, *words):
    """Return what `manage.py compare` finds, by kind and name; what is the same is left out."""
    told = said("compare", source.name, *words)
    return told, {
        (each["kind"], each["name"]): [each[word] for word in COUNTED]
        for each in told["objects"]
        if each["verdict"] != "same"
    }


COUNTED = ("verdict", "missing", "changed", "extra", "schema_changed")


def words_of(scope):
    word = {"tables": "--table", "paths": "--path"}.get(scope.kind)
    return [each for name in scope.names for each in (word, name)]


def restored(source, *words):
    told = said("restore", source.name, *words, "--live", "--emergency", "Ujian besok", "--yes")
    assert (told["state"], told["error"]) == ("restored", "")
    assert told["proof"]["equal"] == told["proof"]["compared"] > 0
    return told["restore"]


def undone(number):
    assert said("undo_restore", str(number))["state"] == "undone"


def test_by_command_every_scope_comes_back_and_can_be_undone(damaged):
    target, source, _ = damaged
    _, before = compared(source)
    assert before
    part = target.scopes[1]

    number = restored(source)
    told, after = compared(source)
    assert after == {}
    assert told["objects_same"] == len(told["objects"]) > 3
    undone(number)
    assert compared(source)[1] == before

    number = restored(source, *words_of(part))
    told, after = compared(source, *words_of(part))
    assert after == {}
    assert told["objects_same"] >= len(part.names)
    undone(number)
    assert compared(source)[1] == before


@contextmanager
def browsers():
    """Yield an analyst's and an approver's browser."""
    clients = []
    for name, role in (("agus", Role.ANALYST), ("kepala", Role.APPROVER)):
        client, somebody = Client(), person(name, role)
        client.force_login(somebody)
        prove(client, somebody)
        clients.append(client)
    yield clients


def by_page(analyst, approver, source, night, names):
    """Ask for an emergency, agree to it as another person, and let a worker carry it out."""
    typed = {"night": night.pk, "names": "\n".join(names), "reason": "Ujian dua jam lagi."}
    assert analyst.post(reverse("darurat", args=[source.key]), typed).status_code == 302
    asked = Emergency.objects.get(answered_at=None)
    answer = approver.post(reverse("jawab-darurat", args=[asked.pk]), {"jawaban": "setuju"})
    job = RestoreJob.objects.latest("pk")
    assert answer.url == job.get_absolute_url()
    tasks.run_restore(job.pk)
    job.refresh_from_db()
    assert (job.outcome, job.error) == ("restored", "")
    return job


def undone_by_page(analyst, job):
    assert 'id="kembalikan"' in analyst.get(job.get_absolute_url()).content.decode()
    analyst.post(reverse("kembalikan", args=[job.pk]))
    tasks.run_undo(RestoreUndo.objects.get(restore=job).pk)
    assert "sebelum pemulihan sudah kembali" in analyst.get(job.get_absolute_url()).content.decode()


def compared_by_page(analyst, source, night, names=(), **typed):
    """Return what a comparison ordered on its page finds."""
    given = {"night": night.pk, "names": "\n".join(names), **typed}
    answer = analyst.post(reverse("bandingkan", args=[source.key]), given)
    job = Comparison.objects.latest("pk")
    assert answer.url == job.get_absolute_url()
    comparing.run(job.pk, job.ordered_at)
    assert analyst.get(answer.url).status_code == 200
    found = {(each.kind, each.name): each.verdict for each in job.compared.all()}
    return {key: verdict for key, verdict in found.items() if verdict != "same"}


def test_by_page_every_scope_comes_back_and_can_be_undone(damaged):
    target, source, night = damaged
    with browsers() as (analyst, approver):
        before = compared_by_page(analyst, source, night)
        assert before
        for names in ((), target.scopes[1].names):
            job = by_page(analyst, approver, source, night, names)
            assert compared_by_page(analyst, source, night, names) == {}
            undone_by_page(analyst, job)
            assert compared_by_page(analyst, source, night) == before


@with_rows
def test_rows_picked_on_the_page_come_back_by_command_and_can_be_undone(damaged, tmp_path):
    target, source, _ = damaged
    table = OF_ROWS[target.engine.kind]
    kind, named = "table", ["--table", table]
    _, before = compared(source, *named)
    with browsers() as (analyst, _):
        found = Comparison.objects.latest("pk").compared.get(kind=kind, name=table)
        picked = analyst.post(
            reverse("pilih-baris", args=[found.comparison_id, found.pk]),
            {"hasil": ["missing", "changed"]},
        )
        pick = RowPick.objects.get()
        assert picked.url == pick.get_absolute_url()
        file = tmp_path / "pilihan.jsonl"
        file.write_bytes(
            b"".join(analyst.get(reverse("berkas-pilihan", args=[pick.pk])).streaming_content)
        )
    number = restored(source, "--rows", str(file))
    _, missing, changed, extra, _ = before[kind, table]
    assert missing + changed == pick.total > 0
    _, after = compared(source, *named)
    assert after.get((kind, table), ["", 0, 0, extra, ""])[1:4] == [0, 0, extra]
    undone(number)
    assert compared(source, *named)[1] == before
