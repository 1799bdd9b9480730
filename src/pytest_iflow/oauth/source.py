"""One token per client and run: asked for once, shared, renewed in time."""

from __future__ import annotations

import contextlib
import pickle
import time
from collections.abc import Callable
from dataclasses import replace

from pytest_iflow.errors import IflowError
from pytest_iflow.oauth.request import TokenAnswer, request_token
from pytest_iflow.oauth.token import Token
from pytest_iflow.tenants.credentials import Credentials
from pytest_iflow.tenants.model import Client, Environment
from pytest_iflow.tenants.secrets import register_basic
from pytest_iflow.transport.connection import Connection

RENEW_BEFORE_EXPIRY = 60.0
"""Seconds before its end at which a token is renewed; less for tokens that live shorter than ten minutes."""

FAILURE_HOLDS = 30.0
"""Seconds for which a failed request is not repeated, so that 300 scenarios do not wait for one time-out."""

TokenKey = tuple[str, str, str, str]
"""Token URL, client id, way of authentication and place of the service key.

One URL serves all clients of a subaccount, and one client id all keys of a service instance.
"""


class TokenSource:
    """The tokens of a run, by client.

    ``connect`` gives the connection to the token service of a client.
    """

    def __init__(
        self,
        environment: Environment,
        credentials: Credentials,
        connect: Callable[[str], Connection],
    ) -> None:
        self._environment = environment
        self._credentials = credentials
        self._connect = connect
        self._answers: dict[TokenKey, TokenAnswer] = {}
        self._failures: dict[TokenKey, tuple[float, IflowError | TokenAnswer]] = {}
        self._accepted: set[str] = set()

    def token(self, client: str) -> Token:
        """The token of ``client``: the one that the run has, or a new one shortly before expiry.

        Raises ``TokenError`` when it is refused and ``CallError`` when the token service is not reached.
        """
        return self.answer(client).granted()

    def answer(self, client: str) -> TokenAnswer:
        """Return the answer that brought the token of ``client``, or the refusal of a moment ago."""
        held = self._answers.get(self._key(client))
        if held is not None and held.token is not None and _is_fresh(held.token):
            return held
        return self.renew(client)

    def renew(self, client: str) -> TokenAnswer:
        """Ask for a new token of ``client`` and keep it; a failure of a moment ago stands."""
        key = self._key(client)
        failed_at, failure = self._failures.get(key, (0.0, None))
        if failure is not None and time.monotonic() - failed_at < FAILURE_HOLDS:
            if isinstance(failure, IflowError):
                raise failure.with_traceback(None)  # else it would grow with every scenario
            return failure
        try:
            answer = self.ask(client)
        except IflowError as error:
            self._failures[key] = (time.monotonic(), error)
            raise
        if answer.token is None:
            self._failures[key] = (time.monotonic(), answer)
        else:
            self._answers[key] = answer
        return answer

    def ask(self, client: str, *, secret: str | None = None) -> TokenAnswer:
        """Send a token request that is neither kept nor taken from what is kept.

        ``secret`` takes the place of the clientsecret, to see a refusal.
        """
        key = self._credentials.service_key(client)
        if secret is not None:
            register_basic(key.client_id, secret)
            key = replace(key, client_secret=secret, certificate=None, private_key=None)
        return request_token(self._connect(client), key, auth=self._client(client).auth, client=client)

    def accept(self, token: Token) -> None:
        """Note that the runtime took ``token``: a later 401 then means that it ended early."""
        self._accepted.add(token.value)

    def replace_refused(self, client: str, refused: Token) -> Token | None:
        """Return a new token after a 401, or None where a new one could not help.

        A token that was never accepted and is new is refused for another reason than its age.
        """
        if refused.value not in self._accepted and time.time() - refused.obtained_at < RENEW_BEFORE_EXPIRY:
            return None
        token = self.token(client)
        return token if token.value != refused.value else self.renew(client).granted()

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
        """Take over what the controller of this run exported."""
        self._answers = pickle.loads(exported)  # noqa: S301, packed by the controller of this very run

    def _client(self, name: str) -> Client:
        return self._environment.clients[name]

    def _key(self, client: str) -> TokenKey:
        key = self._credentials.service_key(client)
        return key.token_url, key.client_id, self._client(client).auth, key.source


def _is_fresh(token: Token) -> bool:
    """Whether a token needs no renewal yet; one whose end nobody says is good until it is refused."""
    if token.expires_at is None:
        return True
    margin = min(RENEW_BEFORE_EXPIRY, (token.expires_at - token.obtained_at) / 10)
    return token.expires_at - time.time() > margin
