"""Pieces of SQL."""

from __future__ import annotations

from pytest_iflow.emulator.odata.sql import TRUE, Sql, all_of


def test_parameters_follow_the_fields_of_the_template() -> None:
    """In the order of the text, and as often as a piece stands there."""
    made = Sql.of("f({1}, {0}, {1})", Sql.value("a"), Sql.value("b"))
    assert made == Sql("f(?, ?, ?)", ("b", "a", "b"))


def test_true_adds_nothing() -> None:
    """Nor does an empty list of conditions."""
    assert all_of(()) is TRUE
    assert all_of((TRUE, Sql("a"), TRUE, Sql("b"))) == Sql("(a AND b)")
