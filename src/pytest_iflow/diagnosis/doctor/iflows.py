"""iFlows: where they are called, whether they are started, and whether they answer."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pytest_iflow.diagnosis.addresses import addresses_of_senders, most_alike
from pytest_iflow.diagnosis.answer import Answer
from pytest_iflow.diagnosis.doctor.probe import (
    Advice,
    Observation,
    broken,
    failed,
    from_error,
    passed,
    refused,
    skipped,
)
from pytest_iflow.diagnosis.facts import NOT_DEPLOYED, labelled
from pytest_iflow.diagnosis.findings import CAUSES
from pytest_iflow.errors import ConfigurationError, IflowError
from pytest_iflow.monitoring.artifacts import (
    STARTED,
    find,
    require_deployed,
    require_started,
    require_version,
)
from pytest_iflow.monitoring.correlation import MessageSearch
from pytest_iflow.monitoring.verdict import wait
from pytest_iflow.run import Run
from pytest_iflow.runtime.addresses import runtime_path
from pytest_iflow.runtime.csrf import CSRF_TOKEN, session_headers
from pytest_iflow.transport.exchange import APPLICATION_ID

if TYPE_CHECKING:
    from pytest_iflow.monitoring.artifacts import RuntimeArtifact, ServiceEndpoint
    from pytest_iflow.monitoring.monitor import Monitor
    from pytest_iflow.transport.exchange import Exchange

_ANY_REST = "/*"

LOG_WITHIN = 15.0
"""Seconds within which the doctor expects the log of the message that it has sent."""


class DeployedIflows:
    """Compares the iFlows ``names`` of features with what the tenant lists; each list is asked for once.

    ``artifact_of`` gives the id of the artifact where the tenant file does not: by default the list of
    endpoints does. It takes a service key of plan api. The questions raise ``MonitoringError`` without an
    answer.
    """

    def __init__(
        self,
        run: Run,
        names: Sequence[str],
        artifact_of: Callable[[str], str] | None = None,
    ) -> None:
        self._run = run
        self._names = names
        self._artifact_of = artifact_of or self._listed_artifact

    def judge_endpoints(self) -> Observation:
        """Judge whether the tenant lists an endpoint at the address of each."""
        advice = [found for name in self._names if (found := self._advice_if_unlisted(name))]
        if advice:
            return failed(advice[0].why, *advice)
        if len(self._names) == 1:
            return passed(f"{self._path(self._names[0])} is listed")
        return passed(f"{len(self._endpoints)} endpoints, those of {len(self._names)} iFlows among them")

    def judge_artifacts(self) -> Observation:
        """Judge whether each is started, and in the version that the tenant file expects."""
        seen: list[RuntimeArtifact] = []
        errors: list[IflowError] = []
        self._artifacts  # noqa: B018, asked also where no iFlow is named: that shows a role that is missing
        for name in self._names:
            iflow = self._run.environment.iflows.get(name)
            wanted = iflow.artifact if iflow and iflow.artifact else self._artifact_of(name)
            with _errors_collected_in(errors):
                seen.append(require_deployed(name, wanted, self._artifacts))
                with _errors_collected_in(errors):
                    require_started(name, seen[-1], self._monitor.artifact_error)
                if iflow is not None and iflow.version is not None:
                    require_version(name, seen[-1], iflow.version)
        if errors:
            return broken(*errors)
        if len(seen) == 1:
            return passed(f"{seen[0].id} is started, version {seen[0].version}")
        return passed(f"{len(seen)} iFlows are started")

    def _path(self, name: str) -> str:
        return runtime_path(name) if name.startswith("/") else self._run.discovery.path(name)

    def _advice_if_unlisted(self, name: str) -> Advice | None:
        """Return what is wrong with an iFlow that is not listed at its address; None for one that is."""
        try:
            path = self._path(name)
        except ConfigurationError as error:
            return from_error(error)
        if self._endpoint_at(path) is not None:
            return None
        status = self._status(name)
        cause = CAUSES[self._cause(path, status, name)]
        evidence = (
            f"address: {path}",
            f"the tenant lists: {', '.join(most_alike(path, self._paths)) or 'none'}",
            *labelled(("state of the iFlow", status)),
        )
        return Advice(f"{name}: {cause.why}", cause.remedy, evidence, cause.id, "certain")

    def _cause(self, path: str, status: str | None, name: str) -> str:
        if status == NOT_DEPLOYED:
            return "flow-not-deployed"
        if status not in {None, STARTED}:
            return "flow-not-started"
        if path.casefold() in map(str.casefold, self._paths):
            return "wrong-case-in-address"
        for cause, meant in addresses_of_senders(path).items():
            if meant in {listed.removesuffix("/*") for listed in self._paths}:
                return cause
        artifact = self._run.discovery.artifact(name)
        has_others = any(artifact in (endpoint.iflow, endpoint.name) for endpoint in self._endpoints)
        return "wrong-address" if has_others or status is None else "endpoint-not-listed-yet"

    def _status(self, name: str) -> str | None:
        """State of the iFlow; None where nothing says which artifact it is."""
        iflow = self._run.environment.iflows.get(name)
        if iflow is None or iflow.artifact is None:
            return None
        artifact = find(iflow.artifact, self._artifacts)
        return artifact.status if artifact else NOT_DEPLOYED

    def _endpoint_at(self, path: str) -> ServiceEndpoint | None:
        for endpoint in self._endpoints:
            for url in endpoint.urls:
                address = urlsplit(url).path
                base = address.removesuffix(_ANY_REST)
                if path == base or (base != address and path.startswith(f"{base}/")):
                    return endpoint
        return None

    def _listed_artifact(self, name: str) -> str:
        """Id of the artifact at the address of an iFlow; its name where there is none."""
        endpoint = self._endpoint_at(self._path(name))
        return endpoint.iflow if endpoint else name

    @property
    def _paths(self) -> list[str]:
        return sorted({urlsplit(url).path for endpoint in self._endpoints for url in endpoint.urls})

    @property
    def _monitor(self) -> Monitor:
        monitor = self._run.monitor
        assert monitor is not None  # noqa: S101, the API has answered a client of plan api
        return monitor

    @cached_property
    def _endpoints(self) -> tuple[ServiceEndpoint, ...]:
        return self._run.discovery.endpoints(self._monitor)

    @cached_property
    def _artifacts(self) -> list[RuntimeArtifact]:
        return self._monitor.runtime_artifacts()


def judge_address(run: Run, iflow: str | None) -> Observation:
    """Judge whether an iFlow can be called at all where no tenant can be asked for its address.

    Raises ``ConfigurationError`` for one that the tenant file does not describe.
    """
    if iflow is not None and not iflow.startswith("/"):
        run.discovery.path(iflow)
    return skipped("no client has a service key of plan api to ask with")


def ask_to_call(run: Run, client: str, iflow: str) -> Observation:
    """Ask the runtime whether ``client`` may call an iFlow with a CSRF-protected sender, which does not run.

    Such a sender answers a HEAD that fetches a CSRF token by itself (wire-facts 4.5). Raises what
    ``IflowCaller`` does.
    """
    exchange = run.caller().call(iflow, method="HEAD", headers={CSRF_TOKEN: "Fetch"}, client=client)
    if Answer(exchange).is_refusal:
        return refused(run, exchange)
    if session_headers(exchange) is None:
        remedy = "Remove csrf-protected of this iFlow from the tenant file, or switch it on in the sender."
        said = f"answered {exchange.response.status} without a CSRF token: the sender is not CSRF protected"
        return failed(said, Advice("The tenant file says that the sender is CSRF protected.", remedy))
    return passed("the runtime lets it in; the iFlow did not run")


def send_message(run: Run, client: str, iflow: str, body: bytes) -> Observation:
    """Send a message, which runs the iFlow; raises what ``IflowCaller`` does."""
    exchange = run.caller().call(iflow, body=body, client=client)
    if Answer(exchange).is_refusal:
        return refused(run, exchange)
    log = f", message log {exchange.mpl_id}" if exchange.mpl_id else ""
    said = f"answered {exchange.response.status} after {exchange.seconds:.1f} s{log}"
    lost = _lost_application_id(run, exchange)
    return failed(f"{said}, which is without the application id", lost) if lost else passed(said)


def _lost_application_id(run: Run, exchange: Exchange) -> Advice | None:
    """Return what to do where the message log does not have the application id that the call sent."""
    sent, monitor = exchange.application_id, run.monitor
    if sent is None or monitor is None:
        return None
    try:
        artifact = run.discovery.called_artifact(exchange, monitor)
        search = MessageSearch(exchange, artifact, monitor, run.clock)
        sighting = wait(search, lambda _log, _deadline: True, LOG_WITHIN)
    except IflowError:  # the log cannot be read, which other probes tell
        return None
    if sighting.waited.trouble or (sighting.log and sighting.log.application_id == sent):
        return None
    return Advice(
        f"the iFlow does not write the header {APPLICATION_ID} to its message log, although the tenant file "
        "says application-id = true",
        f"Name {APPLICATION_ID} in Allowed Header(s) of the iFlow's runtime configuration and deploy it; or "
        "take application-id out of the tenant file.",
    )


@contextlib.contextmanager
def _errors_collected_in(errors: list[IflowError]) -> Iterator[None]:
    try:
        yield
    except IflowError as error:
        errors.append(error)
