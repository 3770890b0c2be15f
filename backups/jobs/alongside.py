"""Two parts of one job at once, in two threads: neither outlives the other's failure."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

from backups.errors import Cancelled
from backups.jobs.lifecycle import JobWatch


@contextmanager
def alongside(
    work: Callable[[threading.Event], None], watch: JobWatch, give_up: Callable[[], object]
) -> Iterator[None]:
    """Do `work` while the block runs, and end the block only when both are done.

    The block begins once `work` has set the event that it is given, or is over. When `work` fails,
    `watch` stops the block and the trouble is raised; when the block fails, `give_up` is asked to
    end `work`, and the block's own error is raised after it has ended.
    """
    begun = threading.Event()
    troubles: list[BaseException] = []

    def carry_out() -> None:
        try:
            work(begun)
        except BaseException as error:  # noqa: BLE001 - it is raised below, in the first thread
            troubles.append(error)
            watch.stop()
        finally:
            begun.set()
            connection.close()  # it is this thread's own

    thread = threading.Thread(target=carry_out, name="alongside", daemon=True)
    thread.start()
    try:
        begun.wait()
        yield
        thread.join()
    except BaseException as error:
        watch.stop()
        give_up()
        thread.join()
        if troubles and isinstance(error, Cancelled):
            raise troubles[0] from error
        raise
    if troubles:
        raise troubles[0]
