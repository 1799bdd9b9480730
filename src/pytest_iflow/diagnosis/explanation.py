"""A diagnosis as one block of text: what happened, why, what to do, and what shows it."""

from __future__ import annotations

from http import HTTPStatus
from textwrap import indent

from pytest_iflow.diagnosis.cause import Certainty, Finding
from pytest_iflow.diagnosis.comparison import comparison
from pytest_iflow.diagnosis.facts import Facts
from pytest_iflow.diagnosis.ranking import diagnose
from pytest_iflow.secrets.registry import mask

_MARGIN = " " * 15


def explain(facts: Facts, findings: tuple[Finding, ...] | None = None) -> str:
    """Return the block, masked; empty where there is nothing to say.

    ``findings`` are those of ``diagnose``, where they are at hand. A 401 that no cause explains shows what
    was wanted beside what was sent.
    """
    findings = diagnose(facts) if findings is None else findings
    if findings:
        reasons = "\n".join(map(_reason, findings))
    elif facts.answer is not None and facts.answer.status == HTTPStatus.UNAUTHORIZED:
        reasons = f"{_line('why', 'not recognised; compare:')}\n{indent(comparison(facts), '  ')}"
    else:
        return ""
    return mask(f"{_line('what happened', _event(facts))}\n{reasons}")


def _event(facts: Facts) -> str:
    if facts.answer is None:
        return facts.error.what if facts.error else "nothing was called"
    exchange = facts.answer.exchange
    client = f", client {exchange.client}" if exchange.client else ""
    return (
        f"{exchange.request.method} {exchange.request.url.partition('?')[0]}{client}: "
        f"{exchange.response.status} {exchange.response.reason}"
    )


def _reason(finding: Finding) -> str:
    cause = finding.cause
    name = f"{finding.certainty.value}: {cause.id}"
    if finding.certainty is Certainty.POSSIBLE:
        return "\n".join((_line("why", f"{name}. {cause.why}"), _line("what to do", cause.remedy)))
    return "\n".join(
        (
            _line("why", f"{name}. {cause.why}"),
            _line("what to do", cause.remedy),
            *(_line("evidence" if not number else "", text) for number, text in enumerate(finding.evidence)),
        )
    )


def _line(label: str, text: str) -> str:
    return f"{label:<{len(_MARGIN)}}{text}"
