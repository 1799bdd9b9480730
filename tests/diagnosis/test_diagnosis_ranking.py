"""Which findings are named, and in which order."""

from __future__ import annotations

import itertools

from pytest_iflow.diagnosis.cause import Certainty
from pytest_iflow.diagnosis.facts import Facts
from pytest_iflow.diagnosis.ranking import diagnose
from tests.diagnosis.refusing import RefusingTenant


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
