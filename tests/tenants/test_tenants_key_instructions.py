"""What a newcomer reads about a missing key."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_iflow.tenants.key_instructions import how_to_get_a_key
from pytest_iflow.tenants.service_key import Plan


@pytest.mark.parametrize("plan", list(Plan))
def test_the_way_through_the_cockpit_is_told(plan: Plan) -> None:
    """Menu, service, plan and button are named."""
    text = how_to_get_a_key(plan, None, "MY_KEY")
    words = ("Instances and Subscriptions", "SAP Process Integration Runtime", "Create service key")
    assert all(word in text for word in words)
    assert f"plan {plan.value}" in text
    assert "--tenant=local" in text


def test_a_variable_is_set_in_both_shells() -> None:
    """POSIX and PowerShell lines are ready to copy."""
    text = how_to_get_a_key(Plan.API, None, "MY_KEY")
    assert "export MY_KEY=" in text
    assert "$env:MY_KEY = " in text
    assert "2. Save that JSON in a file that git ignores" in text


def test_a_file_is_named_with_its_path() -> None:
    """Without a variable the file is the one way."""
    text = how_to_get_a_key(Plan.API, Path("tenants", "dev.json"), None)
    assert f"2. Save that JSON as {Path('tenants', 'dev.json')}" in text
    assert "export" not in text


def test_file_and_variable_are_offered_as_a_choice() -> None:
    """The quick way stands beside the lasting one."""
    text = how_to_get_a_key(Plan.API, Path("dev.json"), "MY_KEY")
    assert text.index("as dev.json") < text.index("or save it elsewhere") < text.index("export MY_KEY=")
