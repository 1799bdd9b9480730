"""Causes by where they lie."""

from __future__ import annotations

import re

from pytest_iflow.diagnosis.findings import CAUSES
from pytest_iflow.reporting.allure.categories import (
    _OF_CAUSE,
    CATEGORIES,
    CATEGORY_OF_CAUSE,
    category_rules,
)


def test_every_cause_of_the_diagnosis_lies_somewhere() -> None:
    """A new one too; what is said of single causes is said of causes that there are."""
    assert CATEGORY_OF_CAUSE.keys() == CAUSES.keys()
    assert set(CATEGORY_OF_CAUSE.values()) <= set(CATEGORIES)
    assert CAUSES.keys() >= _OF_CAUSE.keys()


def test_causes_lie_where_a_tester_would_look() -> None:
    """One of each kind."""
    expected = {
        "bad-credentials": "token",
        "certificate-expired": "token",
        "wrong-audience": "token",
        "dns": "network",
        "rate-limited": "gateway",
        "runtime-unavailable": "tenant",
        "flow-not-deployed": "tenant",
        "missing-role": "tenant",
        "receiver-not-reached": "receiver",
        "wrong-address": "test-data",
        "missing-field": "test-data",
    }
    assert {cause: CATEGORY_OF_CAUSE[cause].id for cause in expected} == expected


def test_each_rule_matches_its_own_category_only() -> None:
    """One id is no part of another; names are what the report shows, so they differ."""
    rules = category_rules()
    for category in CATEGORIES:
        fitting = [rule for rule in rules if re.search(rule["matchers"]["labels"]["category"], category.id)]
        assert [rule["id"] for rule in fitting] == [category.id]
    assert len({rule["name"] for rule in rules}) == len(CATEGORIES)
