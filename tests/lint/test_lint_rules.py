"""The rules: each is documented, and can be switched off."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
import yaml

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.gherkin.faults import FaultRule
from pytest_iflow.lint.rules import FAULTS_OF_SCENARIOS, RULES, Finding, Switches, known_rules

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "lint.md"

TEXT = """# lint: off no-then
@a
Feature: F

  # lint: off pasted-secret
  # another comment

  @b
  Scenario: one
    When a
    # lint: off placeholder, undefined-step
    When b
    When c

  Scenario: two
    # lint: off
    When d
"""


def test_the_page_has_a_row_for_each_rule() -> None:
    """In the order of the code, with its sentence."""
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert rows == [f"| `{name}` | {said} |" for name, said in RULES.items()]


def test_the_hook_for_pre_commit_looks_at_the_whole_suite() -> None:
    """It is the command, and gets no names of files."""
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert (hook["id"], hook["entry"]) == ("pytest-iflow-lint", "pytest-iflow lint")
    assert hook["pass_filenames"] is False
    assert all(re.search(hook["files"], name) for name in ("features/a.feature", "payloads/b.json", "c.toml"))


def test_the_faults_of_scenarios_are_rules() -> None:
    """What breaks a scenario in a run has a name here."""
    assert set(FAULTS_OF_SCENARIOS) == set(get_args(FaultRule))


def test_an_unknown_rule_is_refused_with_the_closest() -> None:
    """In settings and options."""
    with pytest.raises(ConfigurationError, match='no rule "no-them"') as refused:
        known_rules(["no-them"], "the option --off")
    assert refused.value.remedy is not None
    assert 'Did you mean "no-then"?' in refused.value.remedy


@pytest.mark.parametrize(
    ("line", "rule", "is_off"),
    [
        (9, "no-then", True),  # above the feature: all of the file
        (15, "no-then", True),
        (9, "pasted-secret", True),  # above the tags of a scenario: the scenario
        (13, "pasted-secret", True),
        (15, "pasted-secret", False),
        (12, "undefined-step", True),  # above a step: the step
        (12, "placeholder", True),
        (13, "undefined-step", False),
        (17, "unknown-variable", True),  # without a name: all rules
        (15, "unknown-variable", False),
    ],
)
def test_a_comment_holds_for_what_it_stands_above(line: int, rule: str, *, is_off: bool) -> None:
    """A feature, a scenario or a line."""
    assert Switches(TEXT, 3, [9, 15]).are_off(Finding("f.feature", line, rule, "x")) is is_off
