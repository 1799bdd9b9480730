"""What was wanted and what was sent, side by side: for a refusal that no cause explains."""

from __future__ import annotations

from pytest_iflow.diagnosis.access_tokens import moment
from pytest_iflow.diagnosis.facts import Facts
from pytest_iflow.diagnosis.permissions import SEND

_HEAD = ("", "wanted", "sent")


def comparison(facts: Facts) -> str:
    """Return a table of audience, issuer, client, scopes and times."""
    rows = [_HEAD, *_rows(facts)]
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
        ("scopes", SEND, ", ".join(facts.scopes) or "none"),
        ("valid", f"at {moment(facts.tenant_time)} (the tenant's clock)", valid),
    ]


def _moment(seconds: float | None) -> str:
    return "not known" if seconds is None else moment(seconds)
