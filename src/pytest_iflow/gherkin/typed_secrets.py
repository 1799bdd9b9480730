"""Secrets that a tester typed into a feature: masked from its collection on, in ids and titles, too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pytest_bdd.gherkin_parser import Background, GherkinDocument, Scenario, Step

from pytest_iflow.gherkin.problems import parts_of
from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.secrets.registry import register_secret
from pytest_iflow.secrets.token_shapes import is_plain

TYPED = lazy_pattern(
    r"""(?:\b(?:secret|password|token)\s+(?:is\s+)?"""
    r"""|\bform field ["'][^"']*(?:secret|password|token)["'] is )["']([^"']+)["']""",
    re.IGNORECASE,
)
"""What stands in quotes behind a word for a secret, in a step."""


def register_typed_secrets(document: GherkinDocument) -> None:
    """Register what stands in quotes behind "secret", "password" or "token" in a step, unless it is a word.

    So are the values of fields of a form whose name ends with one of them.

    A secret may come from the rows of an outline.
    """
    for scenario in parts_of(document):
        for typed in _typed(scenario.steps):
            for value in _with_rows(typed, scenario):
                if not is_plain(value):
                    register_secret(value)


def _typed(steps: Iterable[Step]) -> Iterator[str]:
    for step in steps:
        yield from TYPED.findall(step.text)


def _with_rows(typed: str, scenario: Scenario | Background) -> Iterator[str]:
    tables = scenario.examples if isinstance(scenario, Scenario) else []
    if not tables:
        yield typed
    for table in tables:
        columns = [cell.value for cell in table.table_header.cells] if table.table_header else []
        for row in table.table_body or ():
            value = typed
            for column, cell in zip(columns, row.cells, strict=False):
                value = value.replace(f"<{column}>", cell.value)
            yield value
