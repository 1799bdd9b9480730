"""Are verdicts on messages right under faults? Prints counts of 1,000 seeded cases; wrong ones have to be 0.

Run with ``python -m benchmarks.verdicts [SEED]`` in the folder of the project. The cases are split over
logs that the answers name, logs that are found by an application id, and logs that are found by the time.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.monitoring.order_tenant import emulated
from tests.monitoring.seeded_verdicts import counts, judged

WAYS = (
    ("named by the answer", 400, True, ()),
    ("by application id", 400, True, ("--profile", "2026")),
    ("by iFlow and time", 200, False, ("--profile", "2026")),
)


def main() -> int:
    """Print the counts of each way; the exit code is 1 if a verdict was wrong."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    total: Counter[str] = Counter()
    for name, cases, with_ids, options in WAYS:
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder, emulated(Path(folder), *options) as tenant:
            found = counts(judged(tenant, seed, cases, with_ids=with_ids))
            api = tenant.run.monitor.api if tenant.run.monitor else None
            requests = api.requests if api else 0
        total += found
        print(f"{name}: {cases} cases in {time.monotonic() - began:.0f} s, {requests} questions to the API")
        for verdict, count in sorted(found.items()):
            print(f"  {count:>5}  {verdict}")
    wrong = total["false green"] + total["false red"]
    print(f"wrong verdicts in all: {wrong}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
