"""The comparison of two runs as summary.json holds it."""

from __future__ import annotations

import json

import pytest

from pytest_iflow.results.history.changes import RunChanges
from pytest_iflow.results.json_object import JsonObject
from tests.results.runs import FIRST_DAY

CHANGES = RunChanges(
    FIRST_DAY, {"a": "newly failing", "b": "gone"}, ("an update",), {"a": "fails since yesterday"}
)


def test_changes_survive_their_file() -> None:
    """What is read is what was written."""
    assert RunChanges.from_json(JsonObject(json.loads(json.dumps(CHANGES.to_dict())))) == CHANGES
    assert (CHANGES.of("gone"), CHANGES.of("fixed")) == (["b"], [])


def test_changes_of_an_older_version_are_read() -> None:
    """They do not say since when a scenario fails."""
    older = CHANGES.to_dict()
    del older["failing_since"]
    assert RunChanges.from_json(JsonObject(older)).failing_since == {}


def test_an_unknown_change_does_not_fit() -> None:
    """The error names the scenario."""
    with pytest.raises(ValueError, match="a is not one of newly failing"):
        RunChanges.from_json(JsonObject(CHANGES.to_dict() | {"scenarios": {"a": "better"}}))
