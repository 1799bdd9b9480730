"""Phrases about why a call was refused."""

from __future__ import annotations

from pytest_iflow.diagnosis.answer import Answer
from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.gherkin.vocabulary import then

from .conversation import Conversation


@then("the call is refused because {string}")
def refused_because(cause: str, conversation: Conversation) -> None:
    """Expect that the last call or token request was refused for this cause, and for no surer one."""
    from pytest_iflow.diagnosis.facts import Certainty
    from pytest_iflow.diagnosis.findings import CAUSES, closest_ids, diagnose
    from pytest_iflow.diagnosis.gathering import facts_of

    if cause not in CAUSES:
        close = closest_ids(cause)
        raise ConfigurationError(
            f'there is no cause "{cause}"',
            remedy=f"{_did_you_mean(close)}docs/troubleshooting.md lists all of them",
        )
    exchange = conversation.exchange
    if not Answer(exchange).is_refusal:
        status = f"{exchange.response.status} {exchange.response.reason}"
        raise CheckError(f'the call was not refused: the response status is {status}, expected "{cause}"')
    findings = diagnose(facts_of(conversation.run, exchange=exchange))
    surest = [finding for finding in findings if finding.certainty is findings[0].certainty]
    if findings and surest[0].certainty is Certainty.POSSIBLE and len(surest) > 1:
        surest = []  # a guess among several is no proof
    if cause not in {finding.cause.id for finding in surest}:
        found = ", ".join(f"{finding.cause.id} ({finding.certainty.value})" for finding in findings)
        raise CheckError(f'the call was not refused because "{cause}"; found: {found or "no known cause"}')


def _did_you_mean(close: list[str]) -> str:
    names = " or ".join(f'"{name}"' for name in close)
    return f"did you mean {names}? " if close else ""
