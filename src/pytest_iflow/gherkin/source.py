"""A feature file as data: its scenarios and rows, each with its line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pytest_bdd.parser import Feature


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an Examples table: the values by column, and the id that selects it.

    ``repetition`` is 2 for the second row with the same id, and so on.
    """

    id: str
    repetition: int
    line: int
    values: dict[str, str]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScenarioSource:
    """One scenario or outline as written; ``tags`` include those of feature and rule, without the ``@``."""

    name: str
    keyword: str
    line: int
    rule: str | None
    description: str
    tags: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class FeatureSource:
    """A feature file that can be collected."""

    path: Path
    feature: Feature
    scenarios: tuple[ScenarioSource, ...]
