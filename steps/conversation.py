"""What a scenario has prepared so far and what it got: the one thing that its steps share."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pytest_iflow.checks.document import Document, parse_document
from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.fixtures import RUN
from pytest_iflow.oauth.request import TokenAnswer
from pytest_iflow.oauth.token import Token
from pytest_iflow.run import Run
from pytest_iflow.runtime.caller import DEFAULT_CLIENT, IflowCaller
from pytest_iflow.transport.exchange import Exchange


@dataclass(repr=False)
class Conversation:
    """The calls of one scenario: who calls with what, and what came back last.

    ``folder`` is where the feature file lies.
    """

    run: Run
    folder: Path
    client: str = DEFAULT_CLIENT
    token: Token | None = None
    token_answer: TokenAnswer | None = None
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    _exchange: Exchange | None = None
    _document: Document | None = None

    @property
    def exchange(self) -> Exchange:
        """The last exchange; raises ``CheckError`` when there was none."""
        if self._exchange is None:
            raise CheckError(
                "no call was made yet in this scenario",
                remedy='make one first: When I send a POST request to the iFlow "…"',
            )
        return self._exchange

    @exchange.setter
    def exchange(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._document = None

    @property
    def document(self) -> Document:
        """The last response as JSON or XML, parsed once; raises ``CheckError`` when it is neither."""
        if self._document is None:
            response = self.exchange.response
            self._document = parse_document(response.body, response.headers.get("content-type"))
        return self._document

    @property
    def held_token(self) -> Token:
        """The token of this scenario; raises ``TokenError`` if it was refused, ``CheckError`` without."""
        if self.token is not None:
            return self.token
        if self.token_answer is not None:
            return self.token_answer.granted()
        raise CheckError(
            "this scenario has no token yet", remedy='ask for one first: Given an access token for client "…"'
        )

    def send(self, caller: IflowCaller, method: str, iflow: str, body: bytes) -> None:
        """Call ``iflow`` through ``caller`` with all that the scenario has prepared."""
        self.exchange = caller.call(
            iflow,
            method=method,
            body=body,
            headers=self.headers,
            query=self.query,
            client=self.client,
            token=self.token,
        )

    def send_with(
        self, caller: IflowCaller, authorization: str | Token | None, iflow: str, body: bytes
    ) -> None:
        """POST to ``iflow`` with exactly this token, this ``Authorization`` value, or none at all."""
        self.exchange = caller.call_with(
            authorization, iflow, body=body, headers=self.headers, query=self.query
        )

    def act_as(self, client: str) -> str:
        """Make ``client`` the caller from now on; skips the scenario where it has no credentials here."""
        self.client = self.require_client(client)
        return client

    def require_client(self, client: str) -> str:
        """Return ``client`` if it can act; skips the scenario where it has no credentials here."""
        environment = self.run.environment
        if client in environment.clients and not self.run.credentials.has(client):
            pytest.skip(f'client "{client}" has no credentials for {environment}')
        return client

    def find_file(self, name: str, kind: str) -> Path:
        """Return a file that a feature names, from beside the feature or from the folder of its ``kind``.

        Raises ``ConfigurationError`` with the places where it is not.
        """
        relative = name.replace("\\", "/")
        places = [self.folder / relative, self.run.root / kind / relative, self.run.root / relative]
        for place in places:
            if place.is_file():
                return place
        raise ConfigurationError(
            f'the file "{name}" is not there',
            where=", ".join(str(place) for place in places),
            remedy=f"put it into the folder {kind}, or correct the name in the feature",
        )


@pytest.fixture
def conversation(request: pytest.FixtureRequest) -> Conversation:
    """The conversation of this scenario with the tenant."""
    return Conversation(request.config.stash[RUN], request.path.parent)
