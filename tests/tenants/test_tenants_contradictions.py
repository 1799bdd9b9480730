"""What is good by itself in a tenant file, and not beside what else stands there."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pytest_iflow.tenants.contradictions import contradictions

EMULATED = {"clients": {"default": {"service-key": "emulator:integration-flow.json"}}}
REAL = {"clients": {"default": {"service-key": "env:KEY"}}}


def found(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Return key paths and messages up to the first colon, semicolon or full stop."""
    return [(".".join(each.path), re.split("[:;.]", each.message)[0]) for each in contradictions(document)]


def test_a_good_file_has_none() -> None:
    """Settings where there is an emulator, a default that exists."""
    environments = {"dev": {**EMULATED, "emulator": {"seed": 7}}, "prod": REAL}
    assert found({"default-environment": "prod", "environments": environments}) == []


def test_a_reference_of_ca_bundle_is_enough() -> None:
    """It starts the emulator as that of a client does."""
    environment = {**REAL, "ca-bundle": "emulator:ca.pem", "emulator": {}}
    assert found({"environments": {"dev": environment}}) == []


@pytest.mark.parametrize(
    "environment",
    [
        {**REAL, "emulator": {"profile": "2022"}},
        {**REAL, "emulator": {}, "ca-bundle": "ca.pem"},
        {"emulator": 1},
        {"emulator": {}, "clients": ["default"]},
        {"emulator": {}, "clients": {"default": "emulator:integration-flow.json"}},
    ],
)
def test_settings_without_an_emulator(environment: dict[str, Any]) -> None:
    """Also in a file that breaks its schema."""
    assert found({"environments": {"dev": environment}}) == [
        (
            "environments.dev.emulator",
            "these are settings of the emulator, which this environment does not use",
        )
    ]


def test_a_default_that_does_not_exist() -> None:
    """The key is named."""
    assert found({"default-environment": "tset", "environments": {"test": REAL}}) == [
        ("default-environment", 'there is no environment "tset"')
    ]


def test_names_that_are_one_folder() -> None:
    """The second of them is the mistake."""
    assert found({"environments": {"dev": REAL, "Dev": REAL}}) == [
        ("environments.Dev", 'differs from "dev" in case only')
    ]


@pytest.mark.parametrize("environments", [None, 1, [], {"dev": 1}])
def test_what_is_no_environment_contradicts_nothing(environments: object) -> None:
    """The schema says what is wrong with it."""
    assert found({"environments": environments, "default-environment": "dev"}) == []
