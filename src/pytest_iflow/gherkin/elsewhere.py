"""Steps that call environments beside the tested one: which these are is known before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest
from msgspec import Struct
from pytest_bdd.parser import Step

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.gherkin.compiled import StepDefinition
from pytest_iflow.gherkin.faults import Fault, FaultRule, fault_at
from pytest_iflow.gherkin.tags import GENERATED, skip_unsafe
from pytest_iflow.gherkin.variables import fill, names_in
from pytest_iflow.other_environments import OtherEnvironments
from pytest_iflow.run import Run

ENVIRONMENTS = "environments"
"""The argument of a step function that holds the names of the environments which the step calls."""

RULE: FaultRule = "unknown-environment"

ELSEWHERE = pytest.StashKey[Mapping[str, Run]]()
"""Key of an item's stash: what is held of each environment that its steps may call, by name."""


class StepElsewhere(Struct, frozen=True):
    """A step of a scenario, or of one row of it, that calls other environments; ``text`` is filled in."""

    step: Step
    text: str
    definition: StepDefinition


def calls_elsewhere(definition: StepDefinition) -> bool:
    """Tell whether steps of a definition call other environments."""
    return ENVIRONMENTS in definition.parameters and definition.function.__module__.startswith(
        "pytest_iflow."
    )


def look_elsewhere(
    item: pytest.Item,
    file: str,
    tags: Iterable[str],
    steps: Iterable[StepElsewhere],
    others: OtherEnvironments,
) -> Iterator[Fault]:
    """Find the environments that steps of a scenario call, and yield what is wrong with their names.

    A scenario that is not tagged ``@safe`` is skipped where one of them is protected, as it is where the
    tested one is.
    """
    found: dict[str, Run] = {}
    for each in steps:
        yield from _environments(file, each, others, found)
    tags = tuple(tags)
    is_allowed = item.config.getoption("--allow-protected") or "safe" in tags
    if GENERATED in tags or not is_allowed:
        for run in found.values():
            if run.environment.protected:
                item.add_marker(skip_unsafe(f"the environment {run.environment}"))
                return
    item.stash[ELSEWHERE] = found
    others.called.update(str(run.environment) for run in found.values())


def _environments(
    file: str, each: StepElsewhere, others: OtherEnvironments, found: dict[str, Run]
) -> Iterator[Fault]:
    line, text = each.step.line_number, each.text
    has_variables = "${" in each.step.name  # those in a value of a row are none
    unknown = [name for name in names_in(text) if name not in others.variables] if has_variables else []
    if unknown:
        yield fault_at(
            file,
            line,
            f"${{{unknown[0]}}} is not known before the first message is sent, and which environments are "
            "called has to be",
            "write the name, or name a column of the Examples or a variable of the tenant file",
            RULE,
        )
        return
    arguments: Any = each.definition.context.parser.parse_arguments(
        fill(text, others.variables) if has_variables else text
    )
    names, runs = arguments[ENVIRONMENTS], []
    for name in names:
        try:
            runs.append(others.run_of(name))
        except ConfigurationError as error:
            place = f" ({error.where})" if error.where else ""
            yield fault_at(file, line, f"{error.what}{place}", error.remedy or "correct the name", RULE)
    if len(runs) > 1 and len({id(run) for run in runs}) < len(runs):
        yield fault_at(
            file,
            line,
            f"both are {runs[0].environment}: there is nothing to compare",
            'name two tenants, or one with its environment: "prod/live"',
            RULE,
        )
    found.update(zip(names, runs, strict=False) if len(runs) == len(names) else ())
