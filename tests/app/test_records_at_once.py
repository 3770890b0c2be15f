"""Numbers under pressure: processes of their own, some of whose transactions come back."""

import multiprocessing
import os

import pytest
from django.db import connections

from portal.audit.verify import verify as verify_audit
from tests.app.cases import PDF
from tests.app.records import NOON, drafted_of
from tickets import issuing
from tickets.actions import recording
from tickets.models import BeritaAcara, NumberSeries, RecordFile, RecordState

pytestmark = pytest.mark.django_db(transaction=True)

PROCESSES, RECORDS, EVERY = 8, 400, 7  # every seventh comes back: 14 %
FORK = multiprocessing.get_context("fork")


class TakenBack(Exception):
    """The transaction of this record comes back."""


def in_processes(work, parts) -> list[int]:
    """Run `work` on each part in a process with a connection of its own; return how each ended."""
    connections.close_all()
    started = [FORK.Process(target=_alone, args=(work, part)) for part in parts]
    for process in started:
        process.start()
    for process in started:
        process.join(120)
    return [process.exitcode for process in started]


def _alone(work, part) -> None:
    connections.close_all()
    try:
        work(part)
    except BaseException:  # noqa: BLE001 - the exit code tells
        os._exit(1)
    os._exit(0)


@pytest.fixture
def ordered(request, desk, head, monkeypatch) -> list[int]:
    """Records that wait for a worker, as many as asked; drawing their paper is made quick."""
    model = recording.order_issue(drafted_of(desk), desk.front_desk, NOON)
    columns = ("kind", "ticket", "level", "made_by", "content", "content_sha256", "ordered_by")
    same = {name: getattr(model, name) for name in columns}
    BeritaAcara.objects.bulk_create(
        BeritaAcara(
            **same, state=RecordState.ISSUING, made_at=NOON, changed_at=NOON, ordered_at=NOON
        )
        for _ in range(request.param - 1)
    )
    monkeypatch.setattr(issuing.enclosing, "enclosures", lambda _record: [])
    monkeypatch.setattr(issuing.document, "to_pdf", lambda *_: PDF)
    monkeypatch.setattr(issuing.marking, "pages_of", lambda _pdf: 1)
    return sorted(BeritaAcara.objects.values_list("pk", flat=True))


def issue_all(pks) -> None:
    """Issue these, but take every seventh back after its number was given."""
    keep_file = issuing.keep_file

    def keep_or_not(record, *rest):
        if record.pk % EVERY == 0:
            raise TakenBack
        return keep_file(record, *rest)

    issuing.keep_file = keep_or_not
    for pk in pks:
        try:
            issuing.issue(pk, NOON)
        except TakenBack:
            continue


@pytest.mark.parametrize("ordered", [RECORDS], indirect=True)
def test_eight_processes_give_numbers_without_gap_though_some_come_back(ordered):
    ended = in_processes(issue_all, [ordered[start::PROCESSES] for start in range(PROCESSES)])
    assert ended == [0] * PROCESSES
    kept = [pk for pk in ordered if pk % EVERY]
    given = BeritaAcara.objects.filter(pk__in=kept).values_list("ordinal", flat=True)
    assert sorted(given) == list(range(1, len(kept) + 1))
    assert NumberSeries.objects.get(name="BA-01/BPTI").last == len(kept)
    assert RecordFile.objects.count() == len(kept)
    assert BeritaAcara.objects.filter(state=RecordState.ISSUING).count() == RECORDS - len(kept)
    assert verify_audit().first_bad is None


@pytest.mark.parametrize("ordered", [2], indirect=True)
def test_processes_at_the_same_record_issue_it_once(ordered):
    one = [pk for pk in ordered if pk % EVERY][:1]
    assert in_processes(issue_all, [one] * 4) == [0] * 4
    assert BeritaAcara.objects.get(pk=one[0]).ordinal == 1
    assert RecordFile.objects.count() == 1
