"""Compares what a scenario costs here and elsewhere: ``python -m benchmarks.comparison --help``.

All contenders do the same work against the same mock server: one call, its status, a schema and two values.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import tempfile
from pathlib import Path

from benchmarks import sections
from benchmarks.contenders import ALL, OURS
from benchmarks.profile_lists import print_profile
from benchmarks.tables import scenario_table

SIZES = (1, 100, 1000)


def main() -> None:
    """Measure what the command line asks for, and print it."""
    options = _options()
    if options.profile:
        chosen = [each for each in ALL if each.suite in options.contenders] or [OURS]
        for contender in chosen:
            print_profile(contender, options.sizes[-1])
        return
    with tempfile.TemporaryDirectory() as folder:
        bench = sections.Bench(Path(folder), options.rounds, frozenset(options.contenders))
        found = sections.scenarios(bench, options.sizes)
    if options.json:
        print(json.dumps([dataclasses.asdict(each) for each in found], indent=2))
    else:
        print(scenario_table(found))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.comparison", description=__doc__)
    parser.add_argument("--rounds", type=int, help="how often each suite runs (default: by section)")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of scenarios")
    parser.add_argument(
        "--contenders", nargs="+", default=[], choices=[each.suite for each in ALL], help="only these"
    )
    parser.add_argument("--only", nargs="+", choices=["scenarios"], help="only these sections")
    parser.add_argument("--json", action="store_true", help="print each run as JSON")
    parser.add_argument(
        "--profile", action="store_true", help="run the last of the sizes under cProfile, and print its lists"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
