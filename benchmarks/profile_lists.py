"""Runs a suite under cProfile and prints where its time goes."""

from __future__ import annotations

import io
import pstats
import site
import sys
import tempfile
from pathlib import Path

from benchmarks.contenders import PROJECT, Contender, Suite
from benchmarks.measurement import mock_server

OWN_TIME, WITH_CALLS = 60, 120


def print_profile(contender: Contender, scenarios: int) -> None:
    """Print the functions that take most time: by their own time, then with all that they call."""
    with tempfile.TemporaryDirectory() as name, mock_server(0) as server:
        folder = Path(name)
        suite = Suite(contender, folder / "suite", scenarios, server)
        suite.run()  # so that the byte code is there
        file = folder / "profile"
        suite.run(("-m", "cProfile", "-o", str(file)))
        text = io.StringIO()
        stats = pstats.Stats(str(file), stream=text)
        stats.sort_stats("tottime").print_stats(OWN_TIME)
        stats.sort_stats("cumtime").print_stats(WITH_CALLS)
    print(f"{contender.name}, {scenarios:,} scenarios; cProfile makes everything slower")
    print(_short(text.getvalue()))


def _short(text: str) -> str:
    """Leave out the folders in which everything lies."""
    for folder in (*site.getsitepackages(), str(Path(sys.base_prefix)), str(PROJECT)):
        text = text.replace(f"{folder}/", "")
    return text
