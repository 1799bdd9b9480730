"""The comparison of two runs as summary.json holds it."""

from __future__ import annotations

import pytest

from pytest_iflow.results.history.changes import RunChanges
from pytest_iflow.results.json_format import decode, encode, to_plain
from tests.results.runs import FIRST_DAY

CHANGES = RunChanges(
    FIRST_DAY, {"a": "newly failing", "b": "gone"}, ("an update",), {"a": "fails since yesterday"}
)


def test_changes_survive_their_file() -> None:
    """What is read is what was written."""
    assert decode(encode(CHANGES), RunChanges) == CHANGES
    assert (CHANGES.of("gone"), CHANGES.of("fixed")) == (["b"], [])


def test_changes_of_an_older_version_are_read() -> None:
    """They do not say since when a scenario fails."""
    older = to_plain(CHANGES)
    del older["failing_since"]
    assert decode(encode(older), RunChanges).failing_since == {}


def test_an_unknown_change_does_not_fit() -> None:
    """The error names the scenario."""
    with pytest.raises(ValueError, match="invalid enum value 'better'"):
        decode(encode(to_plain(CHANGES) | {"scenarios": {"a": "better"}}), RunChanges)
