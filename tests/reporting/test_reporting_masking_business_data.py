"""Business data of the running scenario."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from pytest_iflow.reporting.exchange_text import exchange_text
from pytest_iflow.reporting.masking.business_data import BUSINESS_DATA
from pytest_iflow.secrets.registry import mask
from pytest_iflow.tenants.masking_rules import MaskingRules
from pytest_iflow.transport.exchange import Exchange, Request, Response

RULES = MaskingRules(json=("$..iban", "$.pin"), patterns=(r"\bKD-\d+\b",), headers=("x-customer",))
EXCHANGE = Exchange(
    Request("POST", "https://h/http/x?who=KD-77", {"X-Customer": "Erika Mustermann"}, b'{"pin": 1234}'),
    Response(200, "OK", {}, b'{"account": {"iban": "DE0012345678"}}'),
    datetime.now(UTC),
    0.5,
)


def test_a_scenario_shows_no_business_data() -> None:
    """In its exchange, whatever their length; elsewhere from six characters on, and until the next begins."""
    failure = (
        'the response value at "$..iban" is "DE0012345678", expected 1234, for Erika Mustermann and KD-77'
    )
    with BUSINESS_DATA.masked(RULES):
        BUSINESS_DATA.observe(EXCHANGE)
        text = exchange_text(EXCHANGE)
        for datum in ("Erika", "1234", "DE00", "KD-77"):
            assert datum not in text
        assert "X-Customer: ***" in text
        assert '"pin": "***"' in text
        assert mask(failure) == 'the response value at "$..iban" is "***", expected 1234, for *** and ***'
        BUSINESS_DATA.pytest_runtest_setup()
        assert mask("DE0012345678 of KD-77") == "DE0012345678 of ***"
    assert mask("DE0012345678 of KD-77") == "DE0012345678 of KD-77"


def test_without_rules_nothing_is_looked_into() -> None:
    """The exchange is shown as it was."""
    BUSINESS_DATA.observe(EXCHANGE)
    text = exchange_text(EXCHANGE)
    assert "X-Customer: Erika Mustermann" in text
    assert mask("DE0012345678") == "DE0012345678"


def test_business_data_are_found_in_a_body_of_any_charset() -> None:
    """It is shown in UTF-8, as everything else."""
    wide = '{"account": {"iban": "Größe-12345678"}}'.encode("utf-16")
    latin = '<?xml version="1.0" encoding="ISO-8859-1"?><IBAN>Größe-99</IBAN>'.encode("latin-1")
    exchange = replace(
        EXCHANGE, request=Request("POST", "https://h", {}, wide), response=Response(200, "OK", {}, latin)
    )
    with BUSINESS_DATA.masked(MaskingRules(json=("$..iban",), xml=("//IBAN",))):
        BUSINESS_DATA.observe(exchange)
        text = exchange_text(exchange)
        assert '"iban": "***"' in text
        assert "<IBAN>***</IBAN>" in text
        assert "Größe" not in text
        assert mask("Größe-12345678, Größe-99") == "***, ***"
    assert '"iban": "Größe-12345678"' in exchange_text(exchange)
    assert "<IBAN>Größe-99</IBAN>" in exchange_text(exchange)
