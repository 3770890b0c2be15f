"""`python -m bench [NAME ...]`: each scenario in a process of its own, then all ratios."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCENARIOS = (
    "postgresql",
    "restores",
    "restores_mariadb",
    "mariadb",
    "files",
    "compare",
    "search",
    "search_postgresql",
    "pages",
    "records",
    "desk",
)
ON_POSTGRESQL = ("search_postgresql", "pages", "desk")  # the portal's own database too


def main(names: list[str]) -> int:
    """Run the named scenarios (all without names) and print what they measured."""
    unknown = set(names) - set(SCENARIOS)
    if unknown:
        sys.stderr.write(
            f"No such scenario: {', '.join(unknown)}. There are: {', '.join(SCENARIOS)}\n"
        )
        return 2
    failed = 0
    for name in names or SCENARIOS:
        with tempfile.TemporaryDirectory(prefix="pulih-bench-") as folder:
            argv = [sys.executable, "-m", "bench.scenario", name, folder]
            if name in ON_POSTGRESQL:
                argv = [sys.executable, "-m", "tests.postgresql_for_tests", *argv]
            done = subprocess.run(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
        failed += done.returncode != 0
        for line in done.stdout.splitlines():
            show(json.loads(line))
    return 1 if failed else 0


def show(row: dict[str, str]) -> None:
    """Print one figure: what, measured, plain tool, ratio, aim."""
    sys.stdout.write(f"{row['what']:<64} {row['measured']:>22} {row['aim']:>22}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
