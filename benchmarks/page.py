"""The page ``docs/performance.md``: figures between two comments are replaced, the prose stays."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.contenders import INSTALLED, PROJECT
from benchmarks.goals import goal_table, goals
from benchmarks.measurement import Series
from benchmarks.tables import byte_code_table, definition_table, parallel_table, row_table, scenario_table

PAGE = PROJECT / "docs" / "performance.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
PACKAGES = (
    "pytest-iflow",
    "pytest",
    "pytest-bdd",
    "allure-pytest",
    "requests",
    "jsonschema",
    "behave",
    "allure-behave",
)
HEADINGS: dict[str, tuple[str, Callable[[Sequence[Series]], str]]] = {
    "scenarios": ("Scenarios, the server answers at once", scenario_table),
    "delayed": ("Scenarios, each answer takes 100 ms", scenario_table),
    "parallel": (
        "Scenarios side by side: wall time by their number and by the time of an answer",
        parallel_table,
    ),
    "definitions": ("Few and many step definitions: CPU of one scenario, and of a start", definition_table),
    "rows": ("Rows of an outline", row_table),
    "byte-code": ("One scenario, with byte code and where none is written", byte_code_table),
}


def surroundings() -> dict[str, str]:
    """Return the date, the system and the versions; neither the name of the machine nor a path."""
    installed = importlib.metadata.distributions(path=[str(INSTALLED)])
    versions = {each.name: each.version for each in installed if each.name}
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": _system(),
        "processors": str(os.cpu_count()),
        **{name: versions.get(name, "not installed") for name in PACKAGES},
    }


def _system() -> str:
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        name = f"{platform.system()} {platform.release()}"
    return f"{name}, {platform.machine()}"


def figures(found: Mapping[str, Sequence[Series]], about: Mapping[str, str]) -> str:
    """Return all figures in Markdown."""
    parts = [", ".join(f"{name} {value}" for name, value in about.items()) + "."]
    if reached := goals(found):
        parts += ["### Goals", goal_table(reached)]
    for section, series in found.items():
        heading, render = HEADINGS[section]
        parts += [f"### {heading}", render(series)]
    return "\n\n".join(parts) + "\n"


def write_page(text: str, page: Path = PAGE) -> None:
    """Put ``text`` in place of the figures that stand in the page."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")
