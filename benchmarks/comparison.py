"""Compares what a scenario costs here and elsewhere.

All suites do the same work against the same mock server: one call, its status, a schema and two values.
docs/performance.md says how to read the figures.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import tempfile
from pathlib import Path

from benchmarks.contenders import ALL, OURS
from benchmarks.page import figures, surroundings, write_page
from benchmarks.profile_lists import print_profile
from benchmarks.sections import QUICK, SECTIONS, Bench, Scale


def main() -> None:
    """Measure what the command line asks for, and print it."""
    options = _options()
    scale = QUICK if options.quick else Scale()
    if options.sizes:
        scale = dataclasses.replace(scale, sizes=tuple(options.sizes))
    if options.profile:
        for contender in [each for each in ALL if each.suite in options.contenders] or [OURS]:
            print_profile(contender, scale.sizes[-1])
        return
    rounds = options.rounds or (1 if options.quick else None)
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), scale, rounds, frozenset(options.contenders))
        for section in options.only or SECTIONS:
            print(section, file=sys.stderr, flush=True)
            found[section] = SECTIONS[section](bench)
    about = surroundings()
    if options.json:
        costs = {section: [dataclasses.asdict(one) for one in series] for section, series in found.items()}
        print(json.dumps({"surroundings": about, "sections": costs}, indent=2))
    else:
        print(figures(found, about))
    if options.write:
        write_page(figures(found, about))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.comparison",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    suites = [each.suite for each in ALL]
    parser.add_argument(
        "--only", nargs="+", choices=SECTIONS, metavar="SECTION", help=f"of {', '.join(SECTIONS)}"
    )
    parser.add_argument("--quick", action="store_true", help="small numbers of scenarios, one round")
    parser.add_argument(
        "--rounds", type=int, help="how often each suite runs; each section has its own default"
    )
    parser.add_argument("--sizes", type=int, nargs="+", help="numbers of scenarios in the section scenarios")
    parser.add_argument(
        "--contenders", nargs="+", default=[], choices=suites, metavar="SUITE", help=f"of {', '.join(suites)}"
    )
    parser.add_argument("--json", action="store_true", help="print each run as JSON")
    parser.add_argument(
        "--write", action="store_true", help="write the figures into docs/performance.md, too"
    )
    parser.add_argument(
        "--profile", action="store_true", help="run the last of the sizes under cProfile, and print its lists"
    )
    options = parser.parse_args()
    if options.write and (options.only or options.quick or options.contenders or options.sizes):
        parser.error("--write is for a run with everything")
    return options


if __name__ == "__main__":
    main()
