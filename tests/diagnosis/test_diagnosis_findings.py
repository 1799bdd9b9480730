"""From facts to findings, and the words for them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

import pytest

from pytest_iflow.diagnosis.facts import Certainty, Facts
from pytest_iflow.diagnosis.findings import (
    CAUSES,
    RECOGNISERS,
    SUBJECTS,
    closest_ids,
    comparison,
    diagnose,
    explain,
)
from pytest_iflow.errors import CallError
from pytest_iflow.oauth.token import basic
from pytest_iflow.secrets.registry import register_basic
from pytest_iflow.transport import failures
from tests.diagnosis.refusing import CLIENT_ID, TOKEN_URL, RefusingTenant, Sender, service_key, token_of
from tests.loopback_server import Reply


def test_ids_are_of_one_form_and_used_once() -> None:
    """Features name them."""
    ids = [cause.id for causes in SUBJECTS.values() for cause in causes]
    assert len(ids) == len(set(ids)) == len(CAUSES)
    assert [name for name in ids if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)] == []


def test_causes_yield_to_causes_that_there_are() -> None:
    """And to no two of them at once in a circle."""
    pairs = {(cause.id, other) for cause in CAUSES.values() for other in cause.yields_to}
    assert {other for _, other in pairs} <= CAUSES.keys()
    assert {(other, cause) for cause, other in pairs} & pairs == set()


def test_every_row_is_complete() -> None:
    """Nothing is empty, and what to read is a sentence."""
    for cause in CAUSES.values():
        assert all((cause.seen, cause.source))
        assert cause.why.endswith(".")
        assert cause.remedy.endswith(".")


def test_every_cause_is_recognised_by_facts_or_by_what_was_raised() -> None:
    """No recogniser is of a cause without words; the other causes are those of calls without an answer."""
    assert RECOGNISERS.keys() <= CAUSES.keys()
    raised = {row[0] for row in failures._CAUSES}
    assert CAUSES.keys() - RECOGNISERS.keys() <= raised


def test_closest_ids_of_a_mistyped_one() -> None:
    """At most three, the closest first."""
    assert closest_ids("wrong-audiense")[0] == "wrong-audience"
    assert len(closest_ids("certificate")) == 3
    assert closest_ids("xyzxyzxyz") == []


def test_nothing_is_found_in_nothing() -> None:
    """Facts may be empty."""
    assert diagnose(Facts()) == ()


def test_the_surest_comes_first(tenant: RefusingTenant) -> None:
    """Likely before possible."""
    exchange = tenant.runtime.call(tenant.token(), "/http/nobody", SOAPAction="urn:x")
    order = [finding.certainty for finding in diagnose(Facts(exchange))]
    assert order == [Certainty.LIKELY, *[Certainty.POSSIBLE] * 4]


def test_no_guess_stands_beside_what_is_certain(tenant: RefusingTenant) -> None:
    """With the endpoints known, what was possible is not named any more."""
    exchange = tenant.runtime.call(tenant.token(), "/http/Echo")
    before = diagnose(Facts(exchange))
    (after,) = diagnose(Facts(exchange, endpoints=tenant.endpoints()))
    assert after.certainty is Certainty.CERTAIN
    assert after.cause in [finding.cause for finding in before]
    assert all(one is not other for one, other in itertools.pairwise(before))


INVALID = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


def test_block_says_what_happened_why_what_to_do_and_what_shows_it(tenant: RefusingTenant) -> None:
    """In this order, each with its label."""
    exchange = tenant.runtime.call(tenant.token("api"), "/http/echo?a=b")
    lines = explain(Facts(exchange, key=tenant.key())).splitlines()
    assert lines[0] == f"what happened  POST {tenant.runtime.url}/http/echo: 401 Unauthorized"
    assert lines[1].startswith("why            certain: wrong-audience. The token is for the API")
    assert lines[2] == "what to do     Use a key of plan integration-flow."
    assert lines[3] == "evidence       status 401 Unauthorized"
    assert all(line.startswith("     ") for line in lines[4:])


def test_several_candidates_are_ranked(tenant: RefusingTenant) -> None:
    """Each says how sure it is."""
    block = explain(Facts(tenant.runtime.call(tenant.token(), "/http/products/details/role")))
    assert block.index("likely: missing-role.") < block.index("possible: role-just-changed.")
    assert "certain:" not in block


def test_refusal_that_nothing_explains_is_compared(recorded: Callable[[Reply], Sender]) -> None:
    """Audience, scopes and times side by side."""
    exchange = recorded(Reply(401, headers=INVALID)).call(token_of(exp=4102444800))
    block = explain(Facts(exchange, key=service_key()))
    assert "why            not recognised; compare:" in block
    assert "  audience       it-rt-acme!b117912 " in block
    for shown in ("uaa.resource, it-rt-acme!b117912.ESBMessaging.send", "2100-01-01 00:00:00 UTC", "wanted"):
        assert shown in block


def test_other_refusal_that_nothing_explains_has_no_block(recorded: Callable[[Reply], Sender]) -> None:
    """There is nothing to say of it."""
    assert explain(Facts(recorded(Reply(418)).call())) == ""
    assert explain(Facts(recorded(Reply(200)).call())) == ""


def test_missing_answer_is_told_by_its_error() -> None:
    """The first line is what was raised."""
    error = CallError("the host x.invalid is not known", where="POST https://x.invalid", cause="dns")
    block = explain(Facts(error=error))
    assert block.startswith("what happened  the host x.invalid is not known\nwhy            certain: dns.")
    assert "where: POST https://x.invalid" in block


def test_token_alone_can_be_judged() -> None:
    """Where nothing was called, and nothing raised."""
    block = explain(Facts(token=token_of(grant_type="client_x509")))
    assert block.startswith("what happened  nothing was called\n")


def test_no_secret_is_in_a_block(recorded: Callable[[Reply], Sender]) -> None:
    """Not even one that the tenant repeats."""
    register_basic("sb-someone", "a-secret-to-hide")
    body = b'{"error":"unauthorized","error_description":"Bad credentials: a-secret-to-hide"}'
    headers = {"Authorization": basic("sb-someone", "a-secret-to-hide")}
    sender = recorded(Reply(401, body, {"Content-Type": "application/json"}))
    block = explain(Facts(sender.send("POST", "/oauth/token?grant_type=client_credentials", headers)))
    assert "its words: Bad credentials: ***" in block
    assert "a-secret-to-hide" not in block


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
