"""What was wanted beside what was sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_iflow.diagnosis.comparison import comparison
from pytest_iflow.diagnosis.facts import Facts
from tests.diagnosis.refusing import CLIENT_ID, TOKEN_URL, Sender, service_key, token_of
from tests.loopback_server import Reply


def rows(facts: Facts) -> dict[str, str]:
    """Return the lines of the table by their first word, blanks made single."""
    lines = (line.split(maxsplit=1) for line in comparison(facts).splitlines()[1:])
    return {first: " ".join(rest.split()) for first, rest in lines}


def test_token_beside_the_key(recorded: Callable[[Reply], Sender]) -> None:
    """Each row has what is wanted first."""
    exchange = recorded(Reply(401)).call(token_of(iat=0, exp=60))
    shown = rows(Facts(exchange, key=service_key()))
    assert shown["audience"].startswith("it-rt-acme!b117912 uaa, it-rt-acme!b117912.ESBMessaging, ")
    assert shown["issuer"] == f"{TOKEN_URL} {TOKEN_URL}"
    assert shown["client"] == f"id {CLIENT_ID} {CLIENT_ID}"
    assert shown["scopes"].startswith("ESBMessaging.send uaa.resource, ")
    assert shown["valid"].endswith("(the tenant's clock) 1970-01-01 00:00:00 UTC to 1970-01-01 00:01:00 UTC")


@pytest.mark.parametrize(
    ("authorization", "sent"),
    [("Bearer eyJcut", "a token that cannot be read"), ("Basic eDp5", "basic"), ("", "nothing")],
)
def test_call_without_a_readable_token(
    recorded: Callable[[Reply], Sender], authorization: str, sent: str
) -> None:
    """What was sent instead is named."""
    headers = {"Authorization": authorization} if authorization else {}
    shown = rows(Facts(recorded(Reply(401)).send("POST", "/http/x", headers)))
    assert shown["authorization"] == f"a token {sent}"
    assert shown["audience"] == "not known none"
    assert shown["valid"].endswith("not known to not known")


def test_nothing_known() -> None:
    """The table is as long as ever."""
    assert rows(Facts())["authorization"] == "a token nothing"
