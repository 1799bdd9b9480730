"""Tags of features as marks of pytest, in real runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_iflow.gherkin.tags import reason_against_generated, tag_parts
from pytest_iflow.tenants.tenant_file import parse_tenant
from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

FEATURE = """
    @orders
    Feature: Tags
      @smoke @ABC-12
      Scenario: plain
        Given an access token
      @tenant(local)
      Scenario: for local
        Given an access token
      @tenant(trial,acme)
      Scenario: for others
        Given an access token
      @safe @jira:ABC-7 @v1.2
      Scenario: harmless
        Given an access token
      @safe @generated
      Scenario: made up
        Given an access token
      @skip
      Scenario: skipped
        Given an access token
      @skip(waits_for_ticket_7)
      Scenario: skipped for a reason
        Given an access token
      @strict
      Rule: R
        Scenario Outline: row <x>
          Given an access token
          @first @safe
          Examples:
            | x |
            | 1 |
          @second @skip(second_table)
          Examples:
            | x |
            | 2 |
"""

PROTECTED = """
    [environments.prod]
    protected = true
    ca-bundle = "emulator:ca.pem"
    [environments.prod.clients.default]
    service-key = "emulator:integration-flow.json"
"""


@pytest.fixture(scope="module")
def suite(new_project: Callable[[], InnerProject]) -> InnerProject:
    """A suite with tags at every place."""
    project = new_project()
    project.write("features/tags.feature", FEATURE)
    project.write("tenants/guarded.toml", PROTECTED)
    return project


def outcome(run: InnerRun, place: str) -> dict[str, str]:
    """Return "passed" or the reason of the skip, by title."""
    return {title: one["message"] or one["status"] for title, one in run.scenarios(place).items()}


@pytest.fixture(scope="module")
def runs(suite: InnerProject) -> list[InnerRun]:
    """Three runs: on the local tenant, on a protected one, and there with the protection lifted."""
    protected = ["--tenant=guarded", "-q"]
    return suite.run_several(
        (["--tenant=local", "-q"], {}),
        ([*protected, "--allow-protected", "-m", "smoke"], {}),
        (protected, {}),
    )


@pytest.mark.parametrize(
    ("tag", "parts"),
    [
        ("smoke", ("smoke", "")),
        ("skip(for_now)", ("skip", "for_now")),
        ("tenant(local,trial)", ("tenant", "local,trial")),
        ("jira:ABC-1", ("jira", "ABC-1")),
        ("link(https://x)", ("link", "https://x")),
        ("(x)", ("", "x")),
        ("empty()", ("empty", "")),
    ],
)
def test_a_tag_has_a_name_and_perhaps_an_argument(tag: str, parts: tuple[str, str]) -> None:
    """In brackets, or behind a colon as other tools write it."""
    assert tag_parts(tag) == parts


def test_tags_skip_and_restrict(runs: list[InnerRun]) -> None:
    """No tag needs an entry in the configuration, though marks are strict here."""
    run, _, _ = runs
    assert run.code == 0, run.text
    assert outcome(run, "local/dev") == {
        "plain": "passed",
        "for local": "passed",
        "for others": "for tenant trial or acme only",
        "harmless": "passed",
        "made up": "passed",
        "skipped": "tagged @skip",
        "skipped for a reason": "waits for ticket 7",
        "row 1": "passed",
        "row 2": "second table",
    }
    assert run.scenarios()["row 1"]["tags"] == ["orders", "strict", "first", "safe"]


def test_a_protected_environment_runs_what_is_safe(runs: list[InnerRun]) -> None:
    """Also a row whose table is tagged; another reason to skip stays a reason."""
    guarded = "the environment is protected and the scenario is not tagged @safe"
    _, _, run = runs
    assert run.code == 0, run.text
    assert outcome(run, "guarded/prod") == {
        "plain": guarded,
        "for local": "for tenant local only",
        "for others": "for tenant trial or acme only",
        "harmless": "passed",
        "made up": "the environment prod is protected and the message of the scenario is made up",
        "skipped": "tagged @skip",
        "skipped for a reason": "waits for ticket 7",
        "row 1": "passed",
        "row 2": "second table",
    }


def test_the_protection_can_be_lifted(runs: list[InnerRun]) -> None:
    """On purpose, with an option."""
    assert "1 passed, 8 deselected" in runs[1].out, runs[1].text


def test_tags_choose(suite: InnerProject) -> None:
    """As marks with -m, wherever the tag stands, and beside words of the names with -k."""
    chosen = {
        "-m smoke": ["plain"],
        "-m ABC-12": ["plain"],
        "-m orders and strict and not second": ["row <x>[1]"],
        "-m jira and v1.2": ["harmless"],
        "-m tenant": ["for local", "for others"],
        "-k harmless or first": ["harmless", "row <x>[1]"],
    }
    runs = suite.collect(*([expression] for expression in chosen))
    assert [run.collected() for run in runs] == [
        [f"tags.feature::{name}" for name in names] for names in chosen.values()
    ]


@pytest.mark.parametrize(
    ("environment", "is_wanted", "reason"),
    [
        ('service-key = "emulator:integration-flow.json"', False, ""),
        ('service-key = "env:KEY"', False, "--generated sends it"),
        ('service-key = "env:KEY"', True, ""),
    ],
    ids=["local", "elsewhere", "elsewhere-when-wanted"],
)
@pytest.mark.parametrize("is_protected", [False, True])
def test_made_up_messages_reach_receivers_only_where_somebody_wants_it(
    environment: str, is_wanted: bool, reason: str, is_protected: bool
) -> None:
    """An import makes them up; a protected environment gets none, whatever is wanted."""
    text = f"[environments.dev]\nprotected = {str(is_protected).lower()}\n"
    text += f"[environments.dev.clients.default]\n{environment}\n"
    tenant = parse_tenant(text, name="trial", folder=Path(), source="trial.toml")
    found = reason_against_generated(tenant.environments["dev"], is_wanted=is_wanted)
    assert (
        ("is protected" in found)
        if is_protected
        else (found.endswith(reason) and bool(found) == bool(reason))
    )
