"""One token per client and run: asked for once, shared, renewed in time."""

from __future__ import annotations

import contextlib
import pickle
import time
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

from msgspec import Struct

from pytest_iflow.errors import CallError, IflowError
from pytest_iflow.oauth.token import Token, TokenAnswer, request_token
from pytest_iflow.places import OneAtATime
from pytest_iflow.secrets.registry import register_basic
from pytest_iflow.tenants.credentials import Credentials
from pytest_iflow.tenants.model import Environment
from pytest_iflow.transport.connection import Connection
from pytest_iflow.transport.exchange import Exchange
from pytest_iflow.transport.repetition import Repetition, Trouble, passing_trouble

__all__ = ["TokenSource"]

RENEW_BEFORE_EXPIRY = 60.0
"""Seconds before its end at which a token is renewed; less for tokens that live shorter than ten minutes."""

FAILURE_HOLDS = 30.0
"""Seconds for which a lasting failure is raised again without a request: many scenarios, one time-out."""

WAITS_IN_ALL = 60.0
"""Seconds that a run waits for the tokens of a client through troubles that may pass.

After them such a failure stands as any other, and is looked at once each time that it ends.
"""

TokenKey = tuple[str, str, str, str]
"""Token URL, client id, way of authentication and place of the service key.

One URL serves all clients of a subaccount, and one client id all keys of a service instance.
"""


class _Failure(Struct, frozen=True):
    """A request that brought no token, ``at`` a time of ``time.monotonic``.

    ``waited`` are the seconds that were spent on it, and on all before it since there was a token; ``passes``
    tells that the next one who needs the token asks again.
    """

    outcome: IflowError | TokenAnswer
    at: float
    waited: float
    passes: bool

    def holds(self, wanted_at: float) -> bool:
        """Whether it is also the outcome for who ``wanted_at`` this moment, and has waited since."""
        return self.at >= wanted_at or (not self.passes and wanted_at - self.at < FAILURE_HOLDS)


class TokenSource:
    """The tokens of a run, by client; several threads that need one at once share one request.

    They share its outcome, too, but an error is one of each thread's own.
    ``connect`` gives the connection to the token service of a client; ``note`` is told, by title and text, of
    a request that was sent again.
    """

    def __init__(
        self,
        environment: Environment,
        credentials: Credentials,
        connect: Callable[[str], Connection],
        note: Callable[[str, str], None] = lambda _title, _text: None,
    ) -> None:
        self._environment = environment
        self._credentials = credentials
        self._connect = connect
        self._note = note
        self._answers: dict[TokenKey, TokenAnswer] = {}
        self._failures: dict[TokenKey, _Failure] = {}
        self._accepted: set[str] = set()
        self._replacements: set[str] = set()
        self._issued: set[str] = set()
        self._locks: dict[TokenKey, OneAtATime] = {}

    def token(self, client: str) -> Token:
        """The token of ``client``: the one that the run has, or a new one shortly before expiry.

        Raises ``TokenError`` when it is refused and ``CallError`` when the token service is not reached.
        """
        return self.answer(client).granted()

    def answer(self, client: str) -> TokenAnswer:
        """Return the answer that brought the token of ``client``, or the refusal of a moment ago."""
        key = self._key(client)
        held = self._answers.get(key)
        if held is not None and held.token is not None and _is_fresh(held.token):
            return held
        wanted_at = time.monotonic()
        with self._lock(key):
            if self._answers.get(key) is not held:  # another thread was faster
                return self._answers[key]
            return self._renew(client, key, wanted_at)

    def renew(self, client: str) -> TokenAnswer:
        """Ask for a new token of ``client`` and keep it; a recent lasting failure is returned at once."""
        key, wanted_at = self._key(client), time.monotonic()
        with self._lock(key):
            return self._renew(client, key, wanted_at)

    def _renew(self, client: str, key: TokenKey, wanted_at: float) -> TokenAnswer:
        """Ask unless a failure is recent, or another thread met one since this one ``wanted_at``."""
        failure = self._failures.get(key)
        if failure is not None and failure.holds(wanted_at):
            if isinstance(failure.outcome, IflowError):
                raise failure.outcome.copy()
            return failure.outcome
        waited = failure.waited if failure is not None else 0.0
        began = time.monotonic()
        outcome: IflowError | TokenAnswer
        try:
            outcome = self.ask(client, patient=waited < WAITS_IN_ALL)
        except IflowError as error:
            outcome = error
        if isinstance(outcome, TokenAnswer) and outcome.token is not None:
            self._answers[key] = outcome
            self._issued.add(outcome.token.value)
            self._failures.pop(key, None)
            return outcome
        now = time.monotonic()
        waited += now - began
        passes = _trouble(outcome) is not None and waited < WAITS_IN_ALL
        self._failures[key] = _Failure(outcome, now, waited, passes)
        if isinstance(outcome, IflowError):
            raise outcome.copy()
        return outcome

    def ask(self, client: str, *, secret: str | None = None, patient: bool = True) -> TokenAnswer:
        """Send a token request that is neither kept nor taken from what is kept.

        ``secret`` takes the place of the clientsecret, to see a refusal. Who is ``patient`` waits through
        what may pass.
        """
        key = self._credentials.service_key(client)
        if secret is not None:
            register_basic(key.client_id, secret)
            key = replace(key, client_secret=secret, certificate=None, private_key=None)
        connection, auth = self._connect(client), self._environment.clients[client].auth
        had_token = secret is None and self._key(client) in self._answers
        return Repetition(self._note).ask(
            lambda: request_token(connection, key, auth=auth, client=client),
            lambda outcome: _trouble(outcome, had_token=had_token) if patient else None,
        )

    def send(
        self,
        client: str,
        send: Callable[[Token], Exchange],
        is_refused: Callable[[Exchange], bool],
        token: Token | None = None,
    ) -> Exchange:
        """Send a request with the token of ``client``, and again with a new one if it ended early."""
        token = token or self.token(client)
        exchange = send(token)
        if is_refused(exchange) and (fresh := self.replace_refused(client, token)) is not None:
            token, exchange = fresh, send(fresh)
        if not is_refused(exchange):
            self.accept(token)
        return exchange

    def accept(self, token: Token) -> None:
        """Note that the runtime took ``token``: a later 401 then means that it ended early."""
        self._accepted.add(token.value)

    def replace_refused(self, client: str, refused: Token) -> Token | None:
        """Return a new token after a 401, or None where a new one could not help.

        The new token of a refused one that is itself refused, when it was never accepted and is new, is
        refused for another reason than its age: so there is one more request a minute, whatever the tenant
        says. A token that somebody else gave, such as a fixture of the suite, is theirs to replace.
        """
        if refused.value not in self._issued:
            return None
        is_new = time.time() - refused.obtained_at < RENEW_BEFORE_EXPIRY
        if refused.value in self._replacements - self._accepted and is_new:
            return None
        with self._lock(self._key(client)):
            token = self.token(client)
            if token.value == refused.value:
                token = self.renew(client).granted()
                self._replacements.add(token.value)
        return token

    def export(self) -> bytes:
        """Ask for every token that can be had, packed for the workers of this run.

        A client that fails is left out: the worker that needs it says why.
        """
        for name, client in self._environment.clients.items():
            if client.runtime_auth == "bearer" and self._credentials.has(name):
                with contextlib.suppress(IflowError):
                    self.answer(name)
        return pickle.dumps(self._answers)

    def adopt(self, exported: bytes) -> None:
        """Use the tokens that the controller of this run exported."""
        self._answers = pickle.loads(exported)  # noqa: S301, packed by the controller of this very run
        self._issued = {answer.granted().value for answer in self._answers.values()}

    def _lock(self, key: TokenKey) -> OneAtATime:
        return self._locks.get(key) or self._locks.setdefault(key, OneAtATime())

    def _key(self, client: str) -> TokenKey:
        key = self._credentials.service_key(client)
        return key.token_url, key.client_id, self._environment.clients[client].auth, key.source


def _is_fresh(token: Token) -> bool:
    """Whether a token needs no renewal yet. One without a known end is used until it is refused."""
    if token.expires_at is None:
        return True
    margin = min(RENEW_BEFORE_EXPIRY, (token.expires_at - token.obtained_at) / 10)
    return token.expires_at - time.time() > margin


def _trouble(outcome: IflowError | TokenAnswer, *, had_token: bool = False) -> Trouble | None:
    """Tell what of the outcome of a token request may pass.

    A refusal with 401 may, where the same credentials brought a token before: ``had_token``.
    """
    if not isinstance(outcome, TokenAnswer):
        return passing_trouble(outcome) if isinstance(outcome, CallError) else None
    if had_token and outcome.exchange.response.status == HTTPStatus.UNAUTHORIZED:
        return Trouble("the token service answered 401 to credentials that it took before")
    return passing_trouble(outcome.exchange)
