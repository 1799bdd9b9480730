"""From facts to findings: all causes by id, which of them fit, and the words in which they are told."""

from __future__ import annotations

import difflib
import tomllib
from http import HTTPStatus
from importlib.resources import files
from textwrap import indent

from pytest_iflow.diagnosis import (
    access_tokens,
    addresses,
    clients,
    network,
    processing,
    token_claims,
    token_requests,
)
from pytest_iflow.diagnosis.facts import Cause, Certainty, Facts, Finding
from pytest_iflow.secrets.registry import mask

_WORDS = files(__package__).joinpath("causes.toml").read_text("utf-8")

RECOGNISERS = {
    **token_requests.RECOGNISERS,
    **clients.RECOGNISERS,
    **access_tokens.RECOGNISERS,
    **token_claims.RECOGNISERS,
    **addresses.RECOGNISERS,
    **network.RECOGNISERS,
    **processing.RECOGNISERS,
}
"""By id of the cause; where there is none, the error that was raised instead of an answer names the cause."""

SUBJECTS: dict[str, tuple[Cause, ...]] = {
    subject: tuple(
        Cause(name, RECOGNISERS.get(name) or network.raised_with(name), **words)
        for name, words in rows.items()
    )
    for subject, rows in tomllib.loads(_WORDS).items()
}
"""The causes of each subject, by the heading of the documentation."""

CAUSES = {cause.id: cause for causes in SUBJECTS.values() for cause in causes}
"""Every cause by its id; earlier ones are named first where several are as sure."""


def closest_ids(word: str) -> list[str]:
    """Return the ids that are most like ``word``, at most three."""
    return difflib.get_close_matches(word.casefold(), CAUSES, n=3, cutoff=0.4)


def diagnose(facts: Facts) -> tuple[Finding, ...]:
    """Return every cause that fits ``facts``, the surest first; empty where none is recognised.

    A cause yields to one that says the same more exactly, and beside a certain one no guess is named.
    """
    judged = {
        name: certainty for name, cause in CAUSES.items() if (certainty := cause.recogniser.certainty(facts))
    }
    fitting = [name for name in judged if judged.keys().isdisjoint(CAUSES[name].yields_to)]
    certain = [name for name in fitting if judged[name] is Certainty.CERTAIN]
    surest_first = sorted(fitting, key=lambda name: list(Certainty).index(judged[name]))
    return tuple(
        Finding(CAUSES[name], judged[name], CAUSES[name].recogniser.evidence(facts))
        for name in certain or surest_first
    )


def explain(facts: Facts, findings: tuple[Finding, ...] | None = None) -> str:
    """Return the diagnosis as a block of text, masked; empty where there is nothing to say.

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
    lines = [("why", f"{finding.certainty.value}: {cause.id}. {cause.why}"), ("what to do", cause.remedy)]
    if finding.certainty is not Certainty.POSSIBLE:
        lines += [("" if number else "evidence", text) for number, text in enumerate(finding.evidence)]
    return "\n".join(_line(*each) for each in lines)


def _line(label: str, text: str) -> str:
    return f"{label:<15}{text}"


def comparison(facts: Facts) -> str:
    """Return a table of what was wanted and what was sent: audience, issuer, client, scopes and times."""
    rows = [("", "wanted", "sent"), *_rows(facts)]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "\n".join(
        f"{first:<{widths[0]}}  {wanted:<{widths[1]}}  {sent}".rstrip() for first, wanted, sent in rows
    )


def _rows(facts: Facts) -> list[tuple[str, str, str]]:
    claims, key = facts.claims, facts.key
    got, wanted = facts.audience
    scheme = facts.answer.authorization[0] if facts.answer else ""
    sent = "a token" if facts.bearer else scheme or "nothing"
    if facts.bearer and not claims:
        sent = "a token that cannot be read"
    begin, end = (facts.claimed_time(name) for name in ("iat", "exp"))
    valid = f"{_moment(begin)} to {_moment(end)}"
    return [
        ("authorization", "a token", sent),
        ("audience", ", ".join(wanted) or "not known", ", ".join(got) or "none"),
        ("issuer", key.token_url if key else "not known", str(claims.get("iss", "none"))),
        ("client id", key.client_id if key else "not known", str(claims.get("cid", "none"))),
        ("scopes", token_claims.SEND, ", ".join(facts.scopes) or "none"),
        ("valid", f"at {access_tokens.moment(facts.tenant_time)} (the tenant's clock)", valid),
    ]


def _moment(seconds: float | None) -> str:
    return "not known" if seconds is None else access_tokens.moment(seconds)
