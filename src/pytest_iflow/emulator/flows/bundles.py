"""Exported iFlows, run by the engine: zips of the suite's folder ``local-flows``, and uploaded ones.

Beside ``NAME.zip`` may stand ``NAME.prop``, with values for its externalised parameters in the format of
``parameters.prop``, and a folder ``receivers`` with what the systems behind receivers answer
(``mocked_receivers.py``). The folder ``services`` has what scripts ask of a tenant (docs/scripts.md).
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from pytest_iflow.emulator.api.archive import MANIFEST, Archive, ArchiveError, manifest, pack
from pytest_iflow.emulator.flows.engine_runs import run_message
from pytest_iflow.emulator.flows.message import (
    SEND,
    START,
    Flow,
    FlowFailureError,
    Message,
    Protocol,
    Reply,
    Surroundings,
)
from pytest_iflow.emulator.flows.mocked_receivers import MockedReceivers
from pytest_iflow.emulator.flows.registry import LoadedFlow
from pytest_iflow.emulator.message_logs.message_log import new_message_id
from pytest_iflow.emulator.start import NamedBundleError, StartError
from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.engine import Call, Engine, starts
from pytest_iflow.iflow_engine.failures import StepError
from pytest_iflow.iflow_engine.scripting.services import ServiceFileError, Services
from pytest_iflow.iflow_engine.senders import FILE_NAME
from pytest_iflow.iflow_engine.stores import Stores
from pytest_iflow.iflow_model.bundle import Bundle, read_bundle
from pytest_iflow.iflow_model.files import BundleError, ZipFiles
from pytest_iflow.iflow_model.flow import Adapter
from pytest_iflow.iflow_model.named_bundles import NamedBundle, read_named, values_beside
from pytest_iflow.iflow_model.package import Package, read_package

if TYPE_CHECKING:
    from pytest_iflow.iflow_engine.scripting.runner import ScriptRunner

_PROTOCOLS: dict[str, Protocol] = {"HTTPS": "http", "SOAP": "cxf"}


class _NamedBundles(msgspec.Struct, frozen=True):
    """Bundles by the keys that name them in a tenant file; ``root`` is the folder of the suite."""

    root: Path
    bundles: dict[str, NamedBundle]


class UnreadableFlowError(Exception):
    """An uploaded archive whose flow cannot be built; the text says why."""


class TenantBundles:
    """The engine of a local tenant, and the flows that it runs.

    ``folder`` is the one of the suite's own flows, None where it has none; ``stores`` is what steps keep.
    Raises StartError for a file beside the bundles that cannot be read.
    """

    def __init__(self, folder: Path | None, stores: Stores) -> None:
        self._receivers = MockedReceivers(folder and folder / "receivers")
        self._shared: list[Bundle] = []
        self._services = Services(number_ranges=stores)
        if folder is not None:
            try:
                self._services = Services.of_folder(folder / "services", os.environ, stores)
            except ServiceFileError as error:
                raise StartError(str(error)) from error
        self._engine = Engine(self._receivers, stores, new_id=new_message_id, scripts=self._script_runner)

    def load(self, paths: Iterable[Path]) -> list[LoadedFlow]:
        """Return the flows of zips and unpacked bundles; raises StartError for one that is none."""
        flows, packages = [], {}
        for path in paths:
            try:
                packages[path] = read_package(path)
            except BundleError as error:
                raise StartError(f"{path} cannot be run: {error}") from error
        self._shared = [one for each in packages.values() for one in each.bundles if one.flow is None]
        for path, package in packages.items():
            try:
                found = self._flows_of(package, values_beside(path))
            except (BundleError, StepError) as error:
                raise StartError(f"{path} cannot be run: {error}") from error
            flows += [LoadedFlow(flow, str(path)) for flow in found]
        return flows

    def load_named(self, file: Path) -> list[LoadedFlow]:
        """Return the flows of the bundles that a tenant file names; raises NamedBundleError with the key."""
        named = msgspec.json.decode(
            file.read_bytes(), type=_NamedBundles, dec_hook=lambda _type, text: Path(text)
        )
        flows = []
        for key, bundle in named.bundles.items():
            package, mistakes = read_named(bundle, named.root)
            if package is None or mistakes:
                said = (f"{'.'.join((key, *one.keys))}: {one.what}; {one.remedy}" for one in mistakes)
                raise NamedBundleError("\n".join(said))
            try:
                found = self._flows_of(package, bundle.values)
            except StepError as error:
                raise NamedBundleError(f"{key}: it cannot be run: {error}") from error
            flows += [LoadedFlow(flow, key, NamedBundleError) for flow in found]
        return flows

    def _flows_of(self, package: Package, values: Mapping[str, str]) -> list[Flow]:
        """Return the flows of a package, which can call each other from now on; raises StepError.

        They use what the package has beside them, else what stands in the folder, such as script collections.
        """
        package = replace(package, bundles=(*self._shared, *package.bundles))
        deployed = [DeployedFlow(bundle, values, package) for bundle in package.flows()]
        flows = [
            dataclasses.replace(self._flow(one), content=partial(_packed, one.bundle, values))
            for one in deployed
        ]
        for one in deployed:
            self._engine.deploy(one)
        return flows

    def build(self, artifact: str, name: str, content: bytes, others: Iterable[bytes]) -> Flow:
        """Return the flow of an uploaded archive; raises UnreadableFlowError.

        ``others`` are the archives of what it may use, such as script collections.
        """
        try:
            bundle = replace(read_bundle(ZipFiles(artifact, content), artifact), id=artifact, name=name)
            used = (read_bundle(ZipFiles(artifact, each), artifact) for each in others)
            return self._flow(DeployedFlow(bundle, None, Package(artifact, artifact, (bundle, *used))))
        except (BundleError, StepError) as error:
            raise UnreadableFlowError(str(error)) from error

    def close(self) -> None:
        """End what runs scripts."""
        self._engine.close()

    def _script_runner(self) -> ScriptRunner:
        from pytest_iflow.iflow_engine.scripting.runner import ScriptRunner

        return ScriptRunner(self._services)

    def _flow(self, deployed: DeployedFlow) -> Flow:
        """Return the flow behind its HTTPS and SOAP senders; one without has no address, and is started."""
        senders: list[Adapter | None] = [one for one in deployed.flow.senders() if one.kind in _PROTOCOLS]
        first, *further = [self._entry(deployed, sender) for sender in senders or [None]]
        return dataclasses.replace(first, further=tuple(further), lifecycle=_InEngine(deployed, self._engine))

    def _entry(self, deployed: DeployedFlow, sender: Adapter | None) -> Flow:
        """Return the flow behind one sender; None is the one of a flow that is started."""
        found = starts(deployed)
        start = next(
            (one for one in found if sender is not None and one.id == sender.step),
            found[0] if found else None,
        )
        bundle, receivers = deployed.bundle, self._receivers
        starts_by_file = any(
            one.kind == "SFTP" and start is not None and one.step == start.id
            for one in deployed.flow.senders()
        )

        def run(message: Message, surroundings: Surroundings) -> Reply:
            if start is None:
                raise FlowFailureError(f"{bundle.name} has no start event")
            if message.file and starts_by_file:
                headers = {**message.headers, FILE_NAME: message.file}
                message = dataclasses.replace(message, headers=headers)
            ids, level = message.log.ids, message.log.log_level
            with receivers.acting_for(message.scenario, surroundings):
                call = Call(start, sender is not None, ids.message, ids.correlation, level == "TRACE")
                return run_message(deployed, self._engine, message, call, surroundings)

        settings = deployed.settings(sender.properties if sender else {})
        return Flow(
            bundle.id,
            bundle.name,
            "/" + sender.address.strip("/") if sender else f"{START}/{bundle.id}",
            run,
            protocol=_PROTOCOLS[sender.kind] if sender else "http",
            role=settings.text("userRole", SEND),
            csrf_protected=settings.flag("xsrfProtection"),
            version=bundle.version or "1.0.0",
            body_limit=float(settings.number("maximumBodySize", 40)),
            returns_exception=deployed.returns_exception,
            allowed_headers=deployed.allowed_headers,
            has_sender=sender is not None,
            has_scripts=any(step.kind == "Groovy script" for step in deployed.flow.steps()),
        )


def _packed(bundle: Bundle, values: Mapping[str, str]) -> bytes:
    """Return the archive of a bundle, whatever it came from, its parameters configured by the values.

    One that cannot be read any more is empty.
    """
    own = {MANIFEST: manifest(bundle.id, bundle.name, bundle.version or "1.0.0", "IntegrationFlow")}
    try:
        archive = Archive(pack({**own, **bundle.files}))
    except (BundleError, ArchiveError):
        return pack(own)
    for name, value in values.items():
        archive.configure(name, value)
    return archive.packed()


class _InEngine:
    """Takes a flow into the engine when it is deployed, so that other flows reach it, and out again."""

    def __init__(self, deployed: DeployedFlow, engine: Engine) -> None:
        self._deployed = deployed
        self._engine = engine

    def start(self) -> None:
        self._engine.deploy(self._deployed)

    def stop(self) -> None:
        self._engine.undeploy(self._deployed.id)
