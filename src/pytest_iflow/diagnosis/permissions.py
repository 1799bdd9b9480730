"""Causes of a 403: who calls is known, but may not (wire-facts 4.4, 4.5, 5.4)."""

from __future__ import annotations

import re
from http import HTTPStatus

from pytest_iflow.diagnosis.answer import Answer
from pytest_iflow.diagnosis.cause import Cause, Certainty, answered
from pytest_iflow.diagnosis.facts import Facts

SEND = "ESBMessaging.send"
_PERSON = re.compile(r"[^@|!]+@[^@|!]+|[SsPp]\d{6,12}")


def _forbidden(facts: Facts) -> Answer | None:
    answer = facts.answer
    if answer is None or answer.status != HTTPStatus.FORBIDDEN or answer.is_by_flow:
        return None
    return answer


def _wants_csrf(answer: Answer) -> bool:
    return answer.header("x-csrf-token").lower() == "required"


def _csrf(facts: Facts) -> Certainty | None:
    answer = _forbidden(facts)
    return Certainty.CERTAIN if answer and _wants_csrf(answer) else None


def _csrf_evidence(facts: Facts) -> tuple[str, ...]:
    return (*answered(facts), "x-csrf-token: required")


def _of_runtime(facts: Facts) -> Answer | None:
    answer = _forbidden(facts)
    if answer is None or answer.plane != "runtime" or _wants_csrf(answer):
        return None
    of_others = answer.is_html and not (answer.is_page_of_runtime or answer.is_empty)
    return None if of_others else answer


def _is_person(answer: Answer) -> bool:
    return bool(_PERSON.fullmatch(answer.basic[0]))


def _grants_send(facts: Facts) -> bool:
    return any(scope.endswith(SEND) for scope in facts.scopes)


def _missing_role(facts: Facts) -> Certainty | None:
    answer = _of_runtime(facts)
    if answer is None or _is_person(answer):
        return None
    if not answer.is_page_of_runtime:  # nothing tells who answered; a text may be the iFlow's own
        return Certainty.LIKELY if answer.is_empty else Certainty.POSSIBLE
    return Certainty.CERTAIN if facts.scopes and not _grants_send(facts) else Certainty.LIKELY


def _role_just_changed(facts: Facts) -> Certainty | None:
    """Whether the token has the role that flows usually ask for: then the runtime may not know it yet."""
    return Certainty.POSSIBLE if _of_runtime(facts) and _grants_send(facts) else None


def _personal_user(facts: Facts) -> Certainty | None:
    answer = _of_runtime(facts)
    return Certainty.LIKELY if answer and _is_person(answer) else None


def _missing_api_role(facts: Facts) -> Certainty | None:
    answer = _forbidden(facts)
    return Certainty.CERTAIN if answer and answer.plane == "api" and not _wants_csrf(answer) else None


def _roles(facts: Facts) -> tuple[str, ...]:
    return (*answered(facts), f"scopes of the token: {', '.join(facts.scopes) or 'not known'}")


CAUSES = (
    Cause(
        "csrf-required",
        "POST: 403 with the header X-CSRF-Token: required",
        "CSRF Protected is on in the sender channel of the iFlow, and the call brought no valid CSRF token.",
        "Fetch a token (HEAD or GET with X-CSRF-Token: Fetch) and send it with the cookies that came along, "
        "or deselect CSRF Protected in the channel and deploy again.",
        "wire-facts 6.10",
        _csrf,
        _csrf_evidence,
    ),
    Cause(
        "missing-role",
        'call: 403, the page "HTTP Status 403 – Forbidden"',  # noqa: RUF001, as the runtime writes it
        "The client lacks the role that the iFlow asks for: ESBMessaging.send, or the one that its sender "
        "channel names.",
        'Update the service instance with "roles": ["ESBMessaging.send"], or the role of the channel, and '
        "ask for a new token. It can take up to an hour.",
        "wire-facts 6.11",
        _missing_role,
        _roles,
    ),
    Cause(
        "role-just-changed",
        "call: 403 shortly after a role was given",
        "The token has the role, but the runtime caches roles for up to an hour.",
        "If roles of the instance or the channel were changed within the last hour: wait.",
        "wire-facts 6.12",
        _role_just_changed,
        _roles,
    ),
    Cause(
        "personal-user",
        "call with Basic authentication of a person (e-mail or S-user): 403",
        "A personal user has no role at the runtime; calls are for technical clients.",
        "Call with a service key of plan integration-flow, or give the user a role with ESBMessaging.send.",
        "wire-facts 6.11",
        _personal_user,
    ),
    Cause(
        "missing-api-role",
        "call of /api/v1: 403",
        "The service instance of plan api lacks the role for this part of the API.",
        "Update the instance with the role, such as MonitoringDataRead, MessagePayloadsRead or "
        "WorkspaceArtifactsDeploy, and ask for a new token.",
        "wire-facts 6.24",
        _missing_api_role,
        _roles,
        yields_to=("runtime-key-on-api",),
    ),
)
"""The rows of this subject."""
