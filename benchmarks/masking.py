"""What masking costs: a text of 10 KB without a secret, one line, and the gate behind 10,000 tests.

Prints CPU microseconds of one ``mask``, and CPU seconds of the search through 30,000 files.
"""

from __future__ import annotations

import json
import secrets
import tempfile
import time
import timeit
from functools import partial
from pathlib import Path

from pytest_iflow.reporting.masking.leak_gate import leaks_below
from pytest_iflow.secrets.registry import REGISTRY, mask

CLIENTS = 3
TESTS = 10_000
REPEATS = 300


def main() -> None:
    """Register what a run against three clients knows, then measure."""
    for number in range(CLIENTS):
        REGISTRY.register_basic(f"sb-client-{number}!b1|it-rt!b2", f"{secrets.token_urlsafe(24)}$=")
        REGISTRY.register(f"eyJ{secrets.token_urlsafe(700)}")
    rows = [{"ProductId": f"HT-{number}", "Name": "Scan <b>", "Price": "51.000"} for number in range(125)]
    answer = json.dumps(rows, indent=2)
    for name, text in {"10 KB": answer, "one line": "the response status is 200"}.items():
        timer = timeit.Timer(partial(mask, text), timer=time.process_time)
        best = min(timer.repeat(5, REPEATS)) / REPEATS
        print(f"mask, {name + ':':<12}{best * 1e6:8.1f} µs")
    with tempfile.TemporaryDirectory() as folder:
        _gate(Path(folder), answer)


def _gate(folder: Path, answer: str) -> None:
    for number in range(TESTS):
        for kind in ("result", "container", "attachment"):
            (folder / f"{number}-{kind}.txt").write_text(answer[:1500], encoding="utf-8")
    before = time.process_time()
    found = list(leaks_below([folder], folder))
    print(f"gate, {3 * TESTS:,} files: {time.process_time() - before:.1f} s, {len(found)} leaks")


if __name__ == "__main__":
    main()
