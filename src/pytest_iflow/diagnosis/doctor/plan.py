"""Which probes there are, and in which order: each needs earlier ones only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from pytest_iflow.diagnosis.doctor import hosts, iflows, service_keys, tokens
from pytest_iflow.diagnosis.doctor.hosts import Host
from pytest_iflow.diagnosis.doctor.probe import Observation, Probe, broken
from pytest_iflow.diagnosis.doctor.service_keys import Trust
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.run import Run
from pytest_iflow.tenants.credentials import MONITORING
from pytest_iflow.tenants.service_key import Plan, ServiceKey

CONFIGURATION = "configuration"
"""Name of the probes that read files: where one fails, the rest is of no use."""

_PROXY = "HTTPS_PROXY"


@dataclass(frozen=True, slots=True)
class Choice:
    """What to examine: ``clients`` (none: the client of most calls), an iFlow (None: those of the file).

    ``message`` is sent to that iFlow; None sends nothing.
    """

    clients: Sequence[str] = ()
    iflow: str | None = None
    message: bytes | None = None


def plan(run: Run, choice: Choice) -> Iterator[Probe]:
    """Yield the probes; each is made after the earlier ones have been performed."""
    environment = str(run.environment)
    trust = Trust(run)
    yield Probe(CONFIGURATION, environment, trust.read_bundle)
    clients = list(choice.clients or (run.first_client,))
    if MONITORING not in clients and run.credentials.has(MONITORING):
        clients.append(MONITORING)
    for client in clients:
        yield Probe(CONFIGURATION, client, partial(service_keys.read_key, run, client))
    keys = {client: key for client in clients if (key := _key(run, client))}
    for client, key in keys.items():
        if key.kind == "certificate":
            observe = partial(service_keys.judge_certificate, run, client)
            yield Probe("certificate", client, observe, (f"{CONFIGURATION} {client}",))
    yield from _twin_probes(keys)
    yield from _host_probes(run, keys, trust)
    yield from _client_probes(run, choice, clients, keys)


def _key(run: Run, client: str) -> ServiceKey | None:
    try:
        return run.credentials.service_key(client)
    except ConfigurationError:
        return None


def _twin_probes(keys: dict[str, ServiceKey]) -> Iterator[Probe]:
    first: dict[str, str] = {}
    for client, key in keys.items():
        twin = first.setdefault(key.client_id, client)
        if twin != client:
            yield Probe("client id", client, partial(service_keys.warn_of_twin, key, twin))


def _host_probes(run: Run, keys: dict[str, ServiceKey], trust: Trust) -> Iterator[Probe]:
    found: dict[str, Host] = {}
    proxy_mistake: Callable[[], Observation] | None = None
    for client, url in ((client, url) for client, key in keys.items() for url in (key.token_url, key.url)):
        try:
            host = Host.of(url, client, run.environ)
        except ConfigurationError as error:
            host, proxy_mistake = Host(url, client), partial(broken, error)
        found.setdefault(host.name, host)
    if proxy_mistake is not None:
        yield Probe(CONFIGURATION, _PROXY, proxy_mistake)
    needs = (f"{CONFIGURATION} {run.environment}", f"{CONFIGURATION} {_PROXY}")
    for name, host in found.items():
        yield Probe("DNS", name, partial(hosts.find_address, host), needs)
    for name, host in found.items():
        yield Probe("TCP", name, partial(hosts.open_connection, run, host), (f"DNS {name}",))
    for name, host in found.items():
        if host.url.startswith("https"):
            yield Probe("TLS", name, partial(hosts.secure, run, host, trust), (f"TCP {name}",))


def _host_probe_title(url: str, client: str) -> str:
    name = Host(url, client).name
    return f"{'TLS' if url.startswith('https') else 'TCP'} {name}"


def _client_probes(
    run: Run, choice: Choice, clients: Sequence[str], keys: dict[str, ServiceKey]
) -> Iterator[Probe]:
    for client in clients:
        key = keys.get(client)
        reached = (_host_probe_title(key.token_url, client),) if key else ()
        needs = (f"{CONFIGURATION} {client}", f"certificate {client}", *reached)
        yield Probe("token", client, partial(tokens.ask_token, run, client), needs)
    plans = {client: _needed_plan(run, client, key) for client, key in keys.items()}
    for client, wanted in plans.items():
        observe = partial(tokens.judge_claims, run, client, wanted)
        yield Probe("claims", client, observe, (f"token {client}",))
    if keys:
        yield Probe("clock", str(run.environment), partial(tokens.judge_clock, run))
    callers = [client for client, wanted in plans.items() if wanted is Plan.INTEGRATION_FLOW]
    for client in callers:
        needs = (f"claims {client}", _host_probe_title(keys[client].url, client))
        yield Probe("runtime", client, partial(tokens.reach_runtime, run, client), needs)
    api = next((client for client, wanted in plans.items() if wanted is Plan.API), None)
    yield from _api_probes(run, api, keys)
    yield from _iflow_probes(run, choice, api)
    for client in callers:
        yield Probe("role", client, partial(tokens.judge_role, run, client), (f"claims {client}",))
        for iflow in _csrf_protected(run, choice):
            observe = partial(iflows.ask_to_call, run, client, iflow)
            yield Probe(
                "call",
                f"{iflow} by {client}",
                observe,
                (f"runtime {client}", *_endpoint_title(choice, api)),
            )
        if choice.message is not None and choice.iflow is not None:
            observe = partial(iflows.send_message, run, client, choice.iflow, choice.message)
            needs = (f"role {client}", f"runtime {client}", *_endpoint_title(choice, api))
            yield Probe("message", client, observe, needs)


def _needed_plan(run: Run, client: str, key: ServiceKey) -> Plan:
    """Return the plan that a client needs: that of its key, but the client of most calls calls iFlows."""
    if client == MONITORING:
        return Plan.API
    return Plan.INTEGRATION_FLOW if client == run.first_client else key.plan


def _api_probes(run: Run, client: str | None, keys: dict[str, ServiceKey]) -> Iterator[Probe]:
    if client is None:
        return
    needs = (f"claims {client}", _host_probe_title(keys[client].url, client))
    yield Probe("API role", client, partial(tokens.judge_api_role, run, client), needs)
    yield Probe("API", client, partial(tokens.reach_api, run, client), (f"API role {client}",))
    yield Probe("rate", client, partial(tokens.judge_rate, run, client), (f"API {client}",))


def _csrf_protected(run: Run, choice: Choice) -> list[str]:
    """Return the chosen iFlows that can be asked without running them."""
    named = run.environment.iflows
    return [
        name
        for name in ([choice.iflow] if choice.iflow else named)
        if name in named and named[name].csrf_protected
    ]


def _endpoint_title(choice: Choice, api: str | None) -> tuple[str, ...]:
    """Return the title of the probe that looks for the chosen iFlow among the endpoints, if there is one."""
    return (f"endpoint {choice.iflow}",) if api and choice.iflow else ()


def _iflow_probes(run: Run, choice: Choice, api: str | None) -> Iterator[Probe]:
    names = [choice.iflow] if choice.iflow else list(run.environment.iflows)
    subject = choice.iflow or "all iFlows"
    if api is None:
        yield Probe("endpoint", subject, partial(iflows.judge_address, run, choice.iflow))
        return
    deployed = iflows.DeployedIflows(run, names)
    yield Probe("endpoint", subject, deployed.judge_endpoints, (f"API {api}",))
    yield Probe("artifact", subject, deployed.judge_artifacts, (f"endpoint {subject}",))
