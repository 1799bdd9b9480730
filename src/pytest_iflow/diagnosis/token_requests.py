"""Causes for which the token service refuses a request (wire-facts 3.5)."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import parse_qs

from pytest_iflow.diagnosis.answer import FIRST_REFUSAL, Answer
from pytest_iflow.diagnosis.facts import Certainty, Facts, Predicate, Recogniser, Verdict, needs
from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.tenants.key_url import TOKEN_PATH

_CLIENT_ID = lazy_pattern(r"sb-[A-Za-z0-9-]+!b\d+(?:\|[A-Za-z0-9_.-]+!b\d+)?")
_NEVER_IN_AN_ID = lazy_pattern(r"""[\s;,"'<>\x00-\x1f\u200b\ufeff]""")
_UNKNOWN_CLIENT = ("bad credentials", "does not exist", "client authentication failed")
"""Words of a 401 (wire-facts 3.5)."""

_X509_GRANT = "client_x509"


def _token_answer(facts: Facts) -> Answer | None:
    """Return the answer of the token service."""
    return facts.answer if facts.answer and facts.answer.plane == "token" else None


def _refused_client(facts: Facts) -> Answer | None:
    """Return the 401 of the token service."""
    answer = _token_answer(facts)
    return answer if answer and answer.status == HTTPStatus.UNAUTHORIZED else None


def _says_text(status: int, text: str) -> Predicate:
    @needs(_token_answer)
    def predicate(_facts: Facts, answer: Answer) -> Verdict:
        is_said = text.lower() in answer.words.lower() or text == answer.document.get("error")
        return answer.status == status and is_said

    return predicate


@needs(_refused_client)
def _bad_credentials(facts: Facts, answer: Answer) -> Verdict:
    if facts.key and facts.key.kind == "certificate":
        return None
    if any(text in answer.words.lower() for text in _UNKNOWN_CLIENT):
        return Certainty.CERTAIN
    return None if answer.words else Certainty.LIKELY


def _sent_id(facts: Facts, answer: Answer) -> str:
    of_key = facts.key.client_id if facts.key else ""
    return answer.basic[0] or answer.parameters.get("client_id", "") or of_key


@needs(_refused_client)
def _stray_characters(facts: Facts, answer: Answer) -> Verdict:
    client_id = _sent_id(facts, answer)
    if found := _CLIENT_ID.search(client_id):
        return found[0] != client_id
    return Certainty.LIKELY if _NEVER_IN_AN_ID.search(client_id) else None


def _stray_evidence(facts: Facts) -> tuple[str, ...]:
    return (f"client id as it was sent: {_sent_id(facts, facts.answer)!r}",) if facts.answer else ()


@needs(_refused_client)
def _secret_not_encoded(facts: Facts, answer: Answer) -> Verdict:
    encoded = answer.exchange.request.headers.get("X-CF-ENCODED-CREDENTIALS", "")
    if "+" in answer.basic[1] and encoded.lower() != "true":
        return Certainty.CERTAIN
    secret = facts.key.client_secret if facts.key else None
    body = answer.exchange.request.body.decode("utf-8", "replace")
    is_bare = secret is not None and f"client_secret={secret}" in body
    return is_bare and secret not in parse_qs(body).get("client_secret", ())


def _encoding_evidence(facts: Facts) -> tuple[str, ...]:
    basic = facts.answer is not None and facts.answer.basic[1]
    return (
        "the secret has characters that have to be encoded",
        f"sent in the {'header' if basic else 'body'}",
    )


def _without_path(facts: Facts) -> Verdict:
    answer = _token_answer(facts)
    is_elsewhere = answer and answer.is_refusal and not answer.path.endswith(TOKEN_PATH)
    return bool(is_elsewhere) or facts.raised == "token-url-without-path"


def _address_evidence(facts: Facts) -> tuple[str, ...]:
    if facts.answer:
        return (f"the path that was asked: {facts.answer.path or '/'}",)
    return (facts.error.what,) if facts.error else ()


def _x509_grant(facts: Facts) -> Verdict:
    if facts.answer is None:
        return facts.claims.get("grant_type") == _X509_GRANT
    answer = _token_answer(facts)
    if answer is None or answer.status not in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}:
        return None
    return answer.parameters.get("grant_type") == _X509_GRANT


@needs(_token_answer)
def _without_token(_facts: Facts, answer: Answer) -> Verdict:
    return answer.status < FIRST_REFUSAL and not answer.document.get("access_token")


RECOGNISERS = {
    "bad-credentials": Recogniser(_bad_credentials),
    "stray-characters-in-client-id": Recogniser(_stray_characters, _stray_evidence),
    "secret-not-encoded": Recogniser(_secret_not_encoded, _encoding_evidence),
    "missing-grant-type": Recogniser(_says_text(HTTPStatus.BAD_REQUEST, "missing grant")),
    "unsupported-grant-type": Recogniser(_says_text(HTTPStatus.BAD_REQUEST, "unsupported_grant_type")),
    "grant-not-allowed": Recogniser(_says_text(HTTPStatus.UNAUTHORIZED, "Unauthorized grant type")),
    "grant-client-x509": Recogniser(_x509_grant),
    "invalid-scope": Recogniser(_says_text(HTTPStatus.BAD_REQUEST, "invalid_scope")),
    "query-string-not-allowed": Recogniser(_says_text(HTTPStatus.NOT_ACCEPTABLE, "query_string_not_allowed")),
    "token-method-not-allowed": Recogniser(_says_text(HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed")),
    "token-url-without-path": Recogniser(_without_path, _address_evidence),
    "token-answer-without-token": Recogniser(_without_token),
}
