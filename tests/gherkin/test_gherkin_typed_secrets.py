"""Secrets that a tester typed into a feature."""

from __future__ import annotations

from pathlib import Path

from pytest_iflow.gherkin.feature_file import read_feature_file
from pytest_iflow.secrets.registry import mask

FEATURE = """
Feature: Typed
  Background:
    Given the password is "bg-0815-typed$1"

  Rule: One
    Background:
      Given the Token 'in-a-rule-4711-x'

    Scenario: In a rule
      When I send "not-behind-0815-4711" with the secret "of-a-step-99z"
      And the form field "client_secret" is "of-a-form-88y"
      And the form field "note" is "in-a-note-88-yy"
      Then the token grants the scope "ESBMessaging.send"
      And I call it with the token "expired"

  Scenario Outline: Row <name>
    When I log in with the secret "<name>-<value>"

    Examples:
      | name | value       |
      | ab-1 | 2c3d4e-rows |
      | word | word        |
"""


def test_what_is_typed_behind_its_name_is_masked_from_then_on(tmp_path: Path) -> None:
    """In backgrounds, rules and rows; words are none, nor is what stands elsewhere."""
    path = tmp_path / "typed.feature"
    path.write_text(FEATURE, encoding="utf-8")
    source = read_feature_file(path, "typed.feature")
    typed = "bg-0815-typed$1 in-a-rule-4711-x of-a-step-99z of-a-form-88y ab-1-2c3d4e-rows"
    assert mask(typed) == "*** *** *** *** ***"
    plain = "not-behind-0815-4711 in-a-note-88-yy ESBMessaging.send expired word-word <name> <value>"
    assert mask(plain) == plain
    assert [row.id for row in source.scenarios[1].rows] == ["***", "word-word"]
