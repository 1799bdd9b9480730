"""The log level of each artifact."""

from __future__ import annotations

from pytest_iflow.emulator.message_logs.log_levels import LogLevels


def test_level_that_expires_gives_way_to_the_one_before() -> None:
    """TRACE after ten minutes, DEBUG after a day; ERROR stays (wire-facts 5.7)."""
    now = [0.0]
    levels = LogLevels(lambda: now[0])
    assert (levels.of("A"), levels.as_json()) == ("INFO", {})
    levels.set("A", "ERROR")
    levels.set("A", "DEBUG")
    now[0] = 100.0
    levels.set("A", "TRACE")
    assert levels.as_json() == {"A": {"level": "TRACE", "expires_in": 600.0}}
    seen = []
    for moment in (699.9, 700.0, 86_399.9, 86_400.0, 1e9):
        now[0] = moment
        seen.append(levels.of("A"))
    assert seen == ["TRACE", "DEBUG", "DEBUG", "ERROR", "ERROR"]
    assert levels.of("B") == "INFO"


def test_level_that_does_not_expire_replaces_all_before() -> None:
    """And what is undeployed begins anew."""
    levels = LogLevels(lambda: 0.0)
    levels.set("A", "TRACE")
    levels.set("A", "NONE")
    assert levels.as_json() == {"A": {"level": "NONE", "expires_in": None}}
    levels.forget("A")
    levels.forget("A")
    assert levels.of("A") == "INFO"
