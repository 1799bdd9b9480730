"""Causes for which the token service refuses a request (wire-facts 3.5)."""

from __future__ import annotations

import re
from http import HTTPStatus
from urllib.parse import parse_qs

from pytest_iflow.diagnosis.answer import FIRST_REFUSAL, Answer
from pytest_iflow.diagnosis.facts import Cause, Certainty, Facts, Predicate
from pytest_iflow.tenants.key_url import TOKEN_PATH

_CLIENT_ID = re.compile(r"sb-[A-Za-z0-9-]+!b\d+(?:\|[A-Za-z0-9_.-]+!b\d+)?")
_NEVER_IN_AN_ID = re.compile(r"""[\s;,"'<>\x00-\x1f\u200b\ufeff]""")
_UNKNOWN_CLIENT = ("bad credentials", "does not exist", "client authentication failed")
"""Words of a 401 (wire-facts 3.5)."""

_X509_GRANT = "client_x509"


def token_answer(facts: Facts, *statuses: int) -> Answer | None:
    """Return the answer of the token service if it has one of these statuses."""
    answer = facts.answer
    return answer if answer and answer.plane == "token" and answer.status in statuses else None


def _says(status: int, text: str) -> Predicate:
    def predicate(facts: Facts) -> Certainty | None:
        answer = token_answer(facts, status)
        if answer is None:
            return None
        told = text.lower() in answer.words.lower() or text == answer.document.get("error")
        return Certainty.CERTAIN if told else None

    return predicate


def _bad_credentials(facts: Facts) -> Certainty | None:
    answer = token_answer(facts, HTTPStatus.UNAUTHORIZED)
    if answer is None or (facts.key and facts.key.kind == "certificate"):
        return None
    if any(text in answer.words.lower() for text in _UNKNOWN_CLIENT):
        return Certainty.CERTAIN
    return None if answer.words else Certainty.LIKELY


def _sent_id(facts: Facts, answer: Answer) -> str:
    of_key = facts.key.client_id if facts.key else ""
    return answer.basic[0] or answer.parameters.get("client_id", "") or of_key


def _stray_characters(facts: Facts) -> Certainty | None:
    answer = token_answer(facts, HTTPStatus.UNAUTHORIZED)
    client_id = _sent_id(facts, answer) if answer else ""
    found = _CLIENT_ID.search(client_id)
    if found:
        return Certainty.CERTAIN if found[0] != client_id else None
    return Certainty.LIKELY if _NEVER_IN_AN_ID.search(client_id) else None


def _stray_evidence(facts: Facts) -> tuple[str, ...]:
    return (f"client id as it was sent: {_sent_id(facts, facts.answer)!r}",) if facts.answer else ()


def _secret_not_encoded(facts: Facts) -> Certainty | None:
    answer = token_answer(facts, HTTPStatus.UNAUTHORIZED)
    if answer is None:
        return None
    encoded = answer.exchange.request.headers.get("X-CF-ENCODED-CREDENTIALS", "")
    if "+" in answer.basic[1] and encoded.lower() != "true":
        return Certainty.CERTAIN
    secret = facts.key.client_secret if facts.key else None
    body = answer.exchange.request.body.decode("utf-8", "replace")
    bare = secret is not None and f"client_secret={secret}" in body
    return Certainty.CERTAIN if bare and secret not in parse_qs(body).get("client_secret", ()) else None


def _encoding_evidence(facts: Facts) -> tuple[str, ...]:
    basic = facts.answer is not None and facts.answer.basic[1]
    return (
        "the secret has characters that have to be encoded",
        f"sent in the {'header' if basic else 'body'}",
    )


def _without_path(facts: Facts) -> Certainty | None:
    answer = facts.answer
    elsewhere = (
        answer and answer.plane == "token" and answer.is_refusal and not answer.path.endswith(TOKEN_PATH)
    )
    return Certainty.CERTAIN if elsewhere or facts.raised == "token-url-without-path" else None


def _address_evidence(facts: Facts) -> tuple[str, ...]:
    if facts.answer:
        return (f"the path that was asked: {facts.answer.path or '/'}",)
    return (facts.error.what,) if facts.error else ()


def _x509_grant(facts: Facts) -> Certainty | None:
    answer = token_answer(facts, HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED)
    asked = answer is not None and answer.parameters.get("grant_type") == _X509_GRANT
    in_token = facts.answer is None and facts.claims.get("grant_type") == _X509_GRANT
    return Certainty.CERTAIN if asked or in_token else None


def _without_token(facts: Facts) -> Certainty | None:
    answer = facts.answer
    if answer is None or answer.plane != "token" or answer.status >= FIRST_REFUSAL:
        return None
    return None if answer.document.get("access_token") else Certainty.CERTAIN


CAUSES = (
    Cause(
        "bad-credentials",
        'token request: 401, "Bad credentials"',
        "The token service does not know this client id with this secret. The key was deleted, or belongs to "
        "another subaccount, or was copied incompletely.",
        "Create a service key in the cockpit and store it whole; tokenurl has to be of the same key.",
        "wire-facts 6.1, 6.2",
        _bad_credentials,
        yields_to=("stray-characters-in-client-id", "secret-not-encoded", "proxy-answered", "gateway-html"),
    ),
    Cause(
        "stray-characters-in-client-id",
        "token request: 401, though the key is right",
        "The client id that was sent has characters before or behind it that do not belong to it.",
        "Enter clientid again, exactly as it stands in the service key, without anything around it.",
        "wire-facts 6.5",
        _stray_characters,
        _stray_evidence,
    ),
    Cause(
        "secret-not-encoded",
        "token request: 401, with some secrets only",
        "The secret has a + or another special character, and was sent without encoding: the token service "
        "reads another secret.",
        "Percent-encode id and secret and send the header X-CF-ENCODED-CREDENTIALS: true, or send them "
        "encoded in the form body.",
        "wire-facts 6.4",
        _secret_not_encoded,
        _encoding_evidence,
    ),
    Cause(
        "missing-grant-type",
        'token request: 400, "Missing grant type"',
        "The request does not say which grant it wants, or a call of an iFlow went to the token service.",
        "Append ?grant_type=client_credentials to tokenurl, or send it in the form body.",
        "wire-facts 6.3",
        _says(HTTPStatus.BAD_REQUEST, "missing grant"),
    ),
    Cause(
        "unsupported-grant-type",
        'token request: 400, "unsupported_grant_type"',
        "The token service does not know the grant that was asked for.",
        "Ask with grant_type=client_credentials.",
        "wire-facts 3.5",
        _says(HTTPStatus.BAD_REQUEST, "unsupported_grant_type"),
        yields_to=("grant-client-x509",),
    ),
    Cause(
        "grant-not-allowed",
        'token request: 401, "Unauthorized grant type"',
        "The service instance does not allow the grant that was asked for.",
        "Ask with grant_type=client_credentials, or add the grant to grant-types of the service instance.",
        "wire-facts 3.5",
        _says(HTTPStatus.UNAUTHORIZED, "Unauthorized grant type"),
        yields_to=("grant-client-x509",),
    ),
    Cause(
        "grant-client-x509",
        "a service instance with the grant client_x509: updates fail, no new keys, or tokens are refused",
        "The grant client_x509 is deprecated.",
        "Replace client_x509 by client_credentials in grant-types of the instance, then create new keys.",
        "wire-facts 6.29",
        _x509_grant,
    ),
    Cause(
        "invalid-scope",
        'token request: 400, "invalid_scope"',
        "The token request asks for a scope that the client does not have.",
        "Ask without scope: all that the client has is granted. Or add the role to the service instance.",
        "wire-facts 3.5",
        _says(HTTPStatus.BAD_REQUEST, "invalid_scope"),
    ),
    Cause(
        "query-string-not-allowed",
        'token request: 406, "query_string_not_allowed"',
        "This token service takes parameters in the body only.",
        'Set auth = "post" for the client in the tenant file.',
        "wire-facts 3.5",
        _says(HTTPStatus.NOT_ACCEPTABLE, "query_string_not_allowed"),
    ),
    Cause(
        "token-method-not-allowed",
        "token request: 405",
        "The token service takes POST only.",
        "Send the token request with POST.",
        "wire-facts 3.5",
        _says(HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed"),
    ),
    Cause(
        "token-url-without-path",
        f"token request: 404, or tokenurl is refused because it does not end in {TOKEN_PATH}",
        "The address is not that of the token service: the path is missing or another one.",
        f"Take tokenurl as it stands in the service key; it ends in {TOKEN_PATH}.",
        "wire-facts 2.1, 6.1",
        _without_path,
        _address_evidence,
    ),
    Cause(
        "token-answer-without-token",
        "token request: 200 or a redirect, but no access_token",
        "Something else than the token service answered: a login page, a proxy, or a wrong host.",
        "Compare tokenurl with the service key; look at the answer below to see who gave it.",
        "assumed",
        _without_token,
    ),
)
