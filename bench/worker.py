"""One job as a worker does it, in its own process: `python -m bench.worker run_comparison 7`.

The bench's own process has made the data and a whole portal; a worker has done neither.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Done(NamedTuple):
    """How long the job took, in seconds, and the most memory that its worker held, in MB."""

    seconds: float
    megabytes: float


def done_by_a_worker(pk: int, task: str = "run_comparison") -> Done:
    """Carry out an ordered job; raise CalledProcessError when the worker fell."""
    argv = [sys.executable, "-m", "bench.worker", task, str(pk)]
    ended = subprocess.run(
        argv, cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE, text=True, check=True
    )
    return Done(*json.loads(ended.stdout.splitlines()[-1]))


def main() -> None:
    """Do it and print the figures."""
    import django

    django.setup()
    from backups import tasks
    from bench.measure import peak_megabytes, seconds_of

    seconds = seconds_of(lambda: getattr(tasks, sys.argv[1])(int(sys.argv[2])))
    sys.stdout.write(f"\n{json.dumps([seconds, peak_megabytes()])}\n")


if __name__ == "__main__":
    main()
