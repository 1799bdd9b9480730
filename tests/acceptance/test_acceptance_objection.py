"""What stands against an acceptance."""

from __future__ import annotations

from pytest_iflow.acceptance.objection import (
    AcceptanceRefusedError,
    Objection,
)


def test_a_refusal_says_all_reasons_with_their_remedies() -> None:
    """At once; of many details it shows the first."""
    many = Objection("undecided", "Much is red.", "Decide.", tuple(f"scenario {n}" for n in range(1, 24)))
    text = str(AcceptanceRefusedError("trial/test", [Objection("stale", "It is old.", "Run it."), many]))
    assert text.startswith("trial/test cannot be accepted as it stands, for 2 reasons:\n  * It is old.\n")
    assert "    what to do: Run it.\n  * Much is red.\n      scenario 1\n" in text
    assert text.endswith("      scenario 20\n      … and 3 more\n    what to do: Decide.")
    assert "for this reason:" in str(AcceptanceRefusedError("trial/test", [many]))
