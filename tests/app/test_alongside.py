"""Two parts of one job at once: how each ends the other, and whose trouble is told."""

from threading import Event

import pytest

from backups.errors import Cancelled, DumpFailed, RestoreFailed
from backups.jobs.alongside import alongside

ENOUGH = 60  # seconds; nobody waits as long unless something is broken


class Watch:
    """As much of a JobWatch as both parts hear of each other by."""

    def __init__(self):
        self.told = Event()

    def stop(self):
        self.told.set()

    def heed(self):
        assert self.told.wait(ENOUGH)
        raise Cancelled("stopped")


def test_the_block_begins_after_the_work_and_ends_with_both_done():
    done = []

    def work(begun):
        done.append("begun")
        begun.set()
        assert going.wait(ENOUGH)
        done.append("work")

    going = Event()
    with alongside(work, Watch(), lambda: done.append("given up")):
        assert done == ["begun"]
        going.set()
    assert done == ["begun", "work"]


def test_work_that_fails_stops_the_block_and_its_trouble_is_told():
    watch = Watch()

    def work(_):
        raise DumpFailed("no copy")

    with pytest.raises(DumpFailed, match="no copy"), alongside(work, watch, lambda: None):
        watch.heed()


def test_work_that_fails_when_the_block_is_done_is_told_all_the_same():
    def work(begun):
        begun.set()
        assert over.wait(ENOUGH)
        raise DumpFailed("no copy")

    over = Event()
    with pytest.raises(DumpFailed, match="no copy"), alongside(work, Watch(), lambda: None):
        over.set()


def test_a_block_that_fails_ends_the_work_first_and_tells_its_own_trouble():
    done = []

    def work(begun):
        begun.set()
        assert asked.wait(ENOUGH)
        done.append("ended")
        raise Cancelled("as asked")

    asked = Event()
    with pytest.raises(RestoreFailed, match="disk"), alongside(work, Watch(), asked.set):
        raise RestoreFailed("The disk is full.")
    assert done == ["ended"]


def test_a_person_s_cancel_of_both_stays_a_cancel():
    watch = Watch()

    def work(begun):
        begun.set()
        watch.heed()

    watch.stop()
    with pytest.raises(Cancelled), alongside(work, watch, lambda: None):
        watch.heed()
