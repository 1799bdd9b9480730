"""The check before the first scenario: the few probes that tell whether an environment can be tested at all.

They are more lenient than those of the doctor: only that is broken without which no iFlow can be called.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from http import HTTPStatus

from pytest_iflow.diagnosis.answer import DOWN
from pytest_iflow.diagnosis.doctor import tokens
from pytest_iflow.diagnosis.doctor.probe import Examination, Observation, Probe, broken, passed
from pytest_iflow.errors import CallError, IflowError, TokenError
from pytest_iflow.oauth.token import Token
from pytest_iflow.run import Run
from pytest_iflow.runtime.caller import is_refused, no_login_page
from pytest_iflow.tenants.model import Iflow
from pytest_iflow.transport.exchange import Exchange
from pytest_iflow.transport.repetition import SILENCE, Repetition, passing_trouble

_NO_ROUTE = b"Requested route"
"""How the platform's router says that no application has this host (wire-facts 6, row 13)."""


def problems_before_run(run: Run) -> list[IflowError]:
    """Return all that is broken in the environment.

    Raises ``ConfigurationError`` for a service key of plan api that cannot be used.
    """
    examination = Examination(broken)
    results = [examination.perform(probe) for probe in probes_before_run(run)]
    return [error for result in results for error in result.observation.errors]


def probes_before_run(run: Run) -> Iterator[Probe]:
    """Yield the probes; a healthy environment costs four requests.

    These are the token request and a call of the runtime's root, which no iFlow answers; with a key of plan
    api also the request of its token, and the list of what is deployed.
    """
    client, monitor = run.first_client, run.monitor
    yield Probe("token", client, partial(tokens.ask_token, run, client))
    needs = (f"token {client}",)
    yield Probe("role", client, partial(require_role, run, client), needs)
    yield Probe("runtime", client, partial(require_runtime, run, client), needs)
    if monitor is not None:
        from pytest_iflow.diagnosis.doctor.iflows import DeployedIflows

        names = [name for name, iflow in run.environment.iflows.items() if _is_checked(iflow)]
        # Without the list of endpoints, which would be one more request, an iFlow is named by its id.
        deployed = DeployedIflows(run, names, artifact_of=lambda name: name)
        yield Probe("artifact", "all iFlows", deployed.judge_artifacts)


def _is_checked(iflow: Iflow) -> bool:
    """Whether the tenant file names the artifact; an iFlow with only an address may have any name."""
    return iflow.address is None or iflow.artifact is not None or iflow.version is not None


def require_role(run: Run, client: str) -> Observation:
    """Raise ``TokenError`` if the token says that it grants nothing at the runtime (wire-facts 3.2)."""
    token = run.tokens.token(client)
    if token.scopes and all(scope.startswith("uaa.") for scope in token.scopes):
        raise TokenError(
            f'the token of client "{client}" grants no role: the runtime will answer each call with 403',
            where=f"client {client}, scopes {', '.join(token.scopes)}",
            remedy="give the service instance the role ESBMessaging.send, then create a new service key "
            "(a change takes up to one hour to arrive)",
            cause="missing-role",
        )
    return passed("the token does not say that it grants nothing")


def require_runtime(run: Run, client: str) -> Observation:
    """Call the root of the runtime, waiting through what may pass.

    Raises ``CallError`` without an answer, and if the answer shows that no runtime can be used behind the url
    of the service key.
    """
    token = run.tokens.token(client)
    exchange = _ask_root(run, client, token)
    if is_refused(exchange) and (fresh := run.tokens.replace_refused(client, token)):
        exchange = _ask_root(run, client, fresh)
    response = no_login_page(exchange).response
    where = f"client {exchange.client}, GET {exchange.request.url}"
    if is_refused(exchange):
        raise CallError(
            "the runtime refuses the token that the token service gave",
            where=where,
            remedy="url and tokenurl of the service key belong to different tenants, or the key is of "
            "another plan: copy the whole service key again",
        )
    if response.status == HTTPStatus.NOT_FOUND and _NO_ROUTE in response.body[:1024]:
        raise CallError(
            "no runtime has this host name",
            where=where,
            remedy="compare url with the service key in the cockpit; the tenant may have been deleted",
            cause="unknown-route",
        )
    if response.status in DOWN:
        raise CallError(
            f"the runtime is not available: it answers {response.status} {response.reason}",
            where=where,
            remedy="see the status of the tenant, then run again",
            cause="runtime-unavailable",
        )
    return passed(f"{exchange.request.url} answers")


def _ask_root(run: Run, client: str, token: Token) -> Exchange:
    url = f"{run.credentials.service_key(client).url}/"
    headers = {"Authorization": f"Bearer {token.value}"}
    connection = run.connections.runtime(client)
    return Repetition(run.note).ask(
        lambda: connection.send("GET", url, headers=headers, client=client, silence=SILENCE), passing_trouble
    )
