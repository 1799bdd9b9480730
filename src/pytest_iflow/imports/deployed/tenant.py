"""Import of a tenant: one feature for each flow that is deployed, with an example message for its sender."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from http import HTTPStatus
from posixpath import basename
from urllib.parse import quote, urlsplit

from msgspec.structs import replace

from pytest_iflow.drafts.draft import Fate, FeatureDraft, FileDraft, Remark, ScenarioDraft, SuiteDraft
from pytest_iflow.drafts.file_names import Names, file_name
from pytest_iflow.errors import ConfigurationError, IflowError
from pytest_iflow.gherkin.tags import GENERATED
from pytest_iflow.iflow_model.bundle import Bundle, read_bundle
from pytest_iflow.iflow_model.files import ZipFiles
from pytest_iflow.iflow_model.flow import Adapter, Flow
from pytest_iflow.imports.deployed.flow_calls import FlowCall, Trial, steps_of
from pytest_iflow.imports.deployed.flow_messages import (
    FlowMessage,
    first_schema,
    message_of,
    resource_of,
    with_parameters,
)
from pytest_iflow.imports.descriptions.edmx_description import read_edmx
from pytest_iflow.imports.descriptions.wsdl import SoapMessage, soap_messages
from pytest_iflow.imports.descriptions.wsdl_description import WsdlDescription, read_wsdl
from pytest_iflow.imports.kinds import Request
from pytest_iflow.imports.messages.json_values import NoExampleError
from pytest_iflow.monitoring.artifacts import STARTED, RuntimeArtifact, ServiceEndpoint
from pytest_iflow.monitoring.monitor import Monitor
from pytest_iflow.monitoring.odata import literal
from pytest_iflow.run import Run
from pytest_iflow.tenants.catalogue import choose_environment
from pytest_iflow.tenants.credentials import needs_emulator

_FLOW = "INTEGRATION_FLOW"
_LARGEST_BUNDLE = 100_000_000
_MOST_SETS = 20
"""Entity sets of one flow of which scenarios are made."""

_CALLABLE = {"HTTPS": "plain", "SOAP": "soap", "IDOC": "idoc"}


def read_draft(request: Request) -> SuiteDraft:
    """Ask a tenant for its flows, and derive what calls them.

    On a local tenant each call is tried, and those that fail are left, with the reason. Raises
    ConfigurationError, TokenError or MonitoringError where the tenant cannot be asked.
    """
    if request.source is not None:
        raise ConfigurationError(
            f"A tenant is no file: {request.source}.", remedy="Name it with --tenant, and leave SOURCE out."
        )
    root = request.into
    environment, environ = choose_environment(
        root, root / "tenants", request.tenant, request.environment, os.environ
    )
    with contextlib.closing(Run(environment, environ, root)) as run:
        monitor = run.monitor
        if monitor is None:
            raise ConfigurationError(
                "No client of the tenant has a service key of plan api, which reads its flows.",
                where=f"tenant {environment}",
                remedy="Create one with the roles MonitoringDataRead and WorkspacePackagesRead, name it for "
                'the client "monitoring" in the tenant file.',
            )
        trial = Trial(run, monitor) if needs_emulator(environment) else None
        return _Drafting(run, monitor, trial).draft(f"tenant {environment}")


class _Drafting:
    """What is made of the flows of a tenant, while they are gone through."""

    def __init__(self, run: Run, monitor: Monitor, trial: Trial | None) -> None:
        self._run = run
        self._monitor = monitor
        self._trial = trial
        self._names = Names()
        self._paths: set[str] = set()
        self._files: list[FileDraft] = []
        self._remarks: list[Remark] = []

    def draft(self, source: str) -> SuiteDraft:
        artifacts = sorted(self._monitor.runtime_artifacts(), key=lambda each: each.id)
        endpoints = self._run.discovery.endpoints(self._monitor)
        self._paths = {path for each in endpoints for path in each.paths}
        features = []
        for artifact in artifacts:
            if artifact.type != _FLOW:
                continue
            own = [each for each in endpoints if each.iflow == artifact.id]
            try:
                feature = self._feature(artifact, own)
            except (NoExampleError, IflowError) as error:
                said = error.what if isinstance(error, IflowError) else f"{error}"
                self._remarks.append(Remark(Fate.LEFT, artifact.id, _sentence(said)))
                continue
            if feature is not None:
                features.append(feature)
        return SuiteDraft(source, tuple(features), tuple(self._files), (), tuple(self._remarks))

    def _feature(self, artifact: RuntimeArtifact, endpoints: list[ServiceEndpoint]) -> FeatureDraft | None:
        """Return the feature of a flow, None where no call of it is kept; raises NoExampleError."""
        if artifact.status != STARTED:
            raise NoExampleError(f"it is not started: its status is {artifact.status}")
        if not endpoints:
            raise NoExampleError(f"it cannot be called: {self._way_in(artifact)}")
        folder = self._names.add_file(file_name(artifact.id))
        scenarios = []
        for call in self._calls(artifact, endpoints, folder):
            tried, reason = self._trial.tried(call) if self._trial else (call, "")
            if reason:
                said = f"The call is left, since it fails on the local tenant: {reason}"
                self._remarks.append(Remark(Fate.LEFT, f"{artifact.id}: {call.name}", _sentence(said)))
                continue
            if tried.payload:
                self._files.append(FileDraft(f"payloads/{tried.payload}", tried.body))
            scenarios.append(
                ScenarioDraft(tried.name, steps_of(tried), artifact.id, comments=(f"Made of {tried.why}.",))
            )
        if not scenarios:
            return None
        names = ", ".join(f'"{each.name}"' for each in scenarios)
        what = f"The scenario{'s' if len(scenarios) > 1 else ''} {names}."
        self._remarks.append(Remark(Fate.TAKEN, artifact.id, what))
        return FeatureDraft(
            f"features/generated/{folder}.feature",
            artifact.name or artifact.id,
            tuple(scenarios),
            f"Version {artifact.version} as it is deployed, called with an example message.",
            (f"@{GENERATED}",),
        )

    def _calls(
        self, artifact: RuntimeArtifact, endpoints: list[ServiceEndpoint], folder: str
    ) -> Iterator[FlowCall]:
        bundle = self._bundle(artifact)
        paths = {path for each in endpoints for path in each.paths}
        senders = [each for each in bundle.flow.senders() if each.kind in _CALLABLE] if bundle.flow else []
        for endpoint in endpoints:
            path, any_rest, _ = next(iter(endpoint.paths), "").partition("/*")
            if any_rest and path in self._paths:  # that of another flow
                path += "/1"
                iflow = path
            else:
                iflow = artifact.id if len(paths) == 1 else path
            base = FlowCall("", iflow, artifact.id, "", receivers=_receivers(bundle.flow))
            if endpoint.protocol.startswith("ODATA"):
                yield from self._odata_calls(bundle, base, path)
                continue
            sender = _sender_of(senders, bundle, path)
            if sender is None and endpoint.protocol == "SOAP":
                yield from self._soap_calls(self._asked(path, "?wsdl"), base, folder)
            elif sender is None or bundle.flow is None:
                if self._trial is None:
                    raise NoExampleError("its bundle has no model of the flow, so nobody knows what it takes")
                why = "nothing: its bundle has no model of the flow"
                yield replace(base, name="A call without a body", why=why)
            elif sender.kind == "SOAP" and (described := self._described_calls(bundle, sender, base, folder)):
                yield from described
            else:
                yield self._call(bundle, bundle.flow, sender, base, folder)

    def _way_in(self, artifact: RuntimeArtifact) -> str:
        """Return how a flow without an endpoint begins, as far as its bundle says it."""
        flow = self._bundle(artifact).flow
        kinds = sorted({each.kind for each in flow.senders()}) if flow is not None else []
        if kinds:
            return f"its sender is {' and '.join(kinds)}, and the tenant lists no endpoint of it"
        return "it has no sender, as a flow with a timer, and the tenant lists no endpoint of it"

    def _bundle(self, artifact: RuntimeArtifact) -> Bundle:
        key = (
            f"IntegrationDesigntimeArtifacts(Id={quote(literal(artifact.id), safe=chr(39))},Version='active')"
        )
        data = self._monitor.api.content(f"{key}/$value", limit=_LARGEST_BUNDLE)
        if data is None:
            raise NoExampleError("the design time does not have it, so its bundle cannot be read")
        bundle = read_bundle(ZipFiles(artifact.id, data), artifact.id)
        if bundle.version and bundle.version != artifact.version:
            read, runs = bundle.version, artifact.version
            what = f"Version {read} of the design time was read; version {runs} is deployed."
            self._remarks.append(Remark(Fate.CHANGED, artifact.id, what))
        return bundle

    def _call(self, bundle: Bundle, flow: Flow, sender: Adapter, base: FlowCall, folder: str) -> FlowCall:
        """Return the call of a sender without a description, by what its steps say."""
        kind = _CALLABLE[sender.kind]
        message = message_of(bundle, flow, sender)
        if kind != "plain" and message.ending != ".xml":
            message = self._of_only_schema(bundle)
        payload = f"generated/{folder}/request{message.ending}" if message.body else ""
        name = "An example message" if message.body else "A call without a body"
        return replace(base, name=name, why=message.why, kind=kind, payload=payload, body=message.body)

    def _of_only_schema(self, bundle: Bundle) -> FlowMessage:
        """Return a message of the only schema of a bundle; where it can be tried, any XML for want of one."""
        try:
            return first_schema(bundle)
        except NoExampleError as error:
            if self._trial is None:
                raise
            return FlowMessage(b"<root/>\n", ".xml", f"nothing: {error}")

    def _described_calls(
        self, bundle: Bundle, sender: Adapter, base: FlowCall, folder: str
    ) -> list[FlowCall]:
        """Return the calls of the operations of the WSDL that a SOAP sender names."""
        path = with_parameters(bundle, sender.properties.get("soapWsdlURL") or "").lstrip("/")
        if not path or resource_of(bundle, path) is None:
            return []
        wsdl = read_wsdl(path, lambda name: resource_of(bundle, name))
        return _calls_of_wsdl(wsdl, base, f"generated/{folder}", basename(path))

    def _soap_calls(self, data: bytes, base: FlowCall, folder: str) -> list[FlowCall]:
        wsdl = read_wsdl("service.wsdl", lambda name: data if name == "service.wsdl" else None)
        return _calls_of_wsdl(wsdl, base, f"generated/{folder}", "the WSDL that its sender answers")

    def _odata_calls(self, bundle: Bundle, base: FlowCall, path: str) -> Iterator[FlowCall]:
        paths = [name for name in bundle.files if name.lower().endswith(".edmx")]
        data = bundle.files[paths[0]] if len(paths) == 1 else self._asked(path, "/$metadata")
        why = basename(paths[0]) if len(paths) == 1 else "the metadata that its sender answers"
        for each in read_edmx(data, why).entity_sets[:_MOST_SETS]:
            name = f"{each.name} are read"
            yield replace(base, name=name, why=why, kind="odata", entity_set=each.name)

    def _asked(self, path: str, suffix: str) -> bytes:
        """Return the description that a sender gives of itself; raises NoExampleError.

        A protected environment is not asked, for nobody knows what a sender does with a request.
        """
        if self._run.environment.protected:
            raise NoExampleError(
                "its bundle has no description, and senders of a protected environment are not asked"
            )
        caller = self._run.caller(note=lambda _title, _text: None)
        exchange = caller.call(path, method="GET", suffix=suffix, client=self._run.first_client)
        if (status := exchange.response.status) != HTTPStatus.OK:
            raise NoExampleError(
                f"its bundle has no description, and its sender answers {suffix} with {status}"
            )
        return exchange.response.body


def _calls_of_wsdl(wsdl: WsdlDescription, base: FlowCall, folder: str, why: str) -> list[FlowCall]:
    """Return a call for each operation of a WSDL; raises NoExampleError where there is none."""
    calls, reasons, names = [], [], Names()
    for message in soap_messages(wsdl):
        if not isinstance(message, SoapMessage):
            reasons.append(": ".join(message))
            continue
        operation = message.operation
        payload = f"{folder}/{names.add_file(file_name(operation.name), '.xml')}"
        calls.append(
            replace(
                base,
                name=operation.name,
                why=why,
                kind="soap",
                payload=payload,
                body=message.body,
                action=operation.action,
                is_soap_12=operation.version == "1.2",
                headers=message.headers,
            )
        )
    if not calls:
        raise NoExampleError(reasons[0] if reasons else f"{why} has no operation")
    return calls


def _sender_of(senders: list[Adapter], bundle: Bundle, path: str) -> Adapter | None:
    """Return the sender that answers at a path, or the only one."""
    for each in senders:
        address = with_parameters(bundle, each.address).strip("/").removesuffix("/*")
        if address and urlsplit(path).path.endswith(f"/{address}"):
            return each
    return senders[0] if len(senders) == 1 else None


def _receivers(flow: Flow | None) -> tuple[str, ...]:
    """Return the names of the receivers that a flow calls."""
    if flow is None:
        return ()
    adapters = (
        each for each in flow.adapters if each.direction == "receiver" and each.kind != "ProcessDirect"
    )
    found = (flow.participants.get(each.participant) for each in adapters)
    return tuple(dict.fromkeys(each.name for each in found if each is not None and each.name))


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"
