"""The parser of $filter."""

from __future__ import annotations

import pytest

from pytest_iflow.emulator.products.filter import Condition, FilterError, compile_filter


@pytest.mark.parametrize(
    ("text", "sql", "parameters"),
    [
        ("ProductId eq 'HT-2000'", "(ProductId = ?)", ("HT-2000",)),
        ("'a' ne Name", "(? <> Name)", ("a",)),
        ("Price gt 10", "(Price > ?)", (10.0,)),
        ("Price ge 10.50M", "(Price >= ?)", (10.5,)),
        ("Price lt -1e2", "(Price < ?)", (-100.0,)),
        ("Price le Weight", "(Price <= Weight)", ()),
        ("ShortDescription eq ''", "(Description = ?)", ("",)),
        ("Name eq 'it''s'", "(Name = ?)", ("it's",)),
        ("not Price gt 1", "(NOT (Price > ?))", (1.0,)),
        ("  Price  eq  1 ", "(Price = ?)", (1.0,)),
        (
            "Price gt 1 or Price lt 2 and Price ne 3",
            "((Price > ?) OR ((Price < ?) AND (Price <> ?)))",
            (1.0, 2.0, 3.0),
        ),
        (
            "(Price gt 1 or Price lt 2) and not (Price ne 3)",
            "(((Price > ?) OR (Price < ?)) AND (NOT (Price <> ?)))",
            (1.0, 2.0, 3.0),
        ),
    ],
)
def test_filter_becomes_sql_with_parameters(text: str, sql: str, parameters: tuple[str | float, ...]) -> None:
    """Properties become columns, literals parameters, precedence brackets."""
    assert compile_filter(text) == Condition(sql, parameters)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "Expected a property or a literal at position 1."),
        ("Price", "Expected a comparison operator at position 6."),
        ("Price eq", "Expected a property or a literal at position 9."),
        ("Price = 1", "Syntax error at position 6."),
        ("Price eq 1.", "Syntax error at position 9."),
        ("Name eq 'open", "Syntax error at position 8."),
        ("Price 'eq' 1", "Expected a comparison operator at position 7."),
        ("(Price eq 1", "Expected a closing bracket at position 12."),
        ("Price eq 1)", "Expected the end at position 11."),
        ("Price eq 1 Price eq 2", "Expected the end at position 12."),
        ("Secret eq 1", "Expected a property or a literal at position 1."),
        ("not not Price eq 1", "Expected a property or a literal at position 5."),
        ("Name eq 1", "A string is compared with a number at position 6."),
        ("Price eq '1'", "A string is compared with a number at position 7."),
        ("Price eq 1; DROP TABLE Products", "Syntax error at position 11."),
        (" or ".join(["Price eq 1"] * 30), "The filter has more than 100 parts."),
        ("(" * 5000, "The filter has more than 100 parts."),
    ],
)
def test_what_is_no_filter_is_refused_with_its_place(text: str, complaint: str) -> None:
    """The text says what was expected, and at which character."""
    with pytest.raises(FilterError) as refused:
        compile_filter(text)
    assert str(refused.value) == complaint
