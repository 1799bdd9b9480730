"""Which iFlow a request calls, by its address: iFlows of the tenant file and of exported bundles are known.

Addresses of a runtime begin with ``/http``, ``/cxf`` or ``/gw/odata/SAP`` (wire-facts 4.1, 4.7). All else is
another system: a mock, API management, the OData API of the tenant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote_plus

import msgspec

from pytest_iflow.drafts.file_names import Names, iflow_name
from pytest_iflow.iflow_model.files import bundles_in
from pytest_iflow.iflow_model.package import read_package
from pytest_iflow.iflow_model.parameters import resolve
from pytest_iflow.runtime.addresses import runtime_path
from pytest_iflow.tenants.credentials import LOCAL_FLOWS
from pytest_iflow.tenants.model import Iflow

_PROTOCOLS = {"HTTPS": "/http", "SOAP": "/cxf", "IDOC": "/cxf", "HCIOData": "/gw/odata/SAP"}
_RUNTIME = re.compile(r"/(?:http|cxf|gw/odata/SAP)(?=/)")
_HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*://)?([^/?#]*)", re.IGNORECASE)
_API = re.compile(r"/api/v1(?:/|$)")
_MANAGED = re.compile(r"apimanagement|api-?portal|\bapim\b", re.IGNORECASE)
_PROXY_NAME = re.compile(r"prox(?:y|ies)|apim|api-?management", re.IGNORECASE)
_VARIABLE_PART = re.compile(r"\{\{|[()]|;v=")


class KnownFlow(msgspec.Struct, frozen=True):
    """An iFlow whose address is known: its path at the runtime, and its name in the tenant file, if any."""

    path: str
    name: str = ""
    artifact: str = ""


class CalledFlow(msgspec.Struct, frozen=True):
    """The iFlow that a request calls: ``behind`` is what stands behind its path, ``query`` the parameters.

    ``differs`` is the path in the source where that differs only in case from the one of the flow.
    """

    name: str
    path: str
    artifact: str
    behind: str
    query: tuple[tuple[str, str], ...]
    differs: str = ""


class Addresses:
    """The iFlows that are known so far; those of the source are added as they are met."""

    def __init__(self, known: Iterable[KnownFlow], names: Iterable[str] = ()) -> None:
        self._flows: dict[str, KnownFlow] = {}
        self._names = Names(taken=names)
        for flow in known:
            there = self._flows.get(flow.path)
            if there is None or (flow.name and not there.name):
                self._flows[flow.path] = flow
        self._from_elsewhere = frozenset(self._flows)
        self.added: dict[str, CalledFlow] = {}
        """Flows by their path which requests call."""

    def called(self, path: str, query: str) -> CalledFlow:
        """Return the flow at a path of the runtime."""
        flow, behind, differs = self._known(path)
        if flow is None:
            head, behind = _fixed_part(path)
            flow = self._flows.get(head) or KnownFlow(head)
        name = flow.name or self._names.add(iflow_name(_unprefixed(flow.path)), between="-")
        if not flow.name:
            self._flows[flow.path] = msgspec.structs.replace(flow, name=name)
        found = CalledFlow(name, flow.path, flow.artifact, behind, _pairs(query), differs)
        self.added.setdefault(flow.path, found)
        return found

    def _known(self, path: str) -> tuple[KnownFlow | None, str, str]:
        """Return the flow with the longest path that leads to ``path``, what is behind it, and the defect."""
        if path in self._flows:
            return self._flows[path], "", ""
        by_length = sorted(self._flows.values(), key=lambda flow: len(flow.path), reverse=True)
        for flow in by_length:
            head = flow.path.removesuffix("/*")
            if path == head or (path.startswith((f"{head}/", f"{head}(")) and _takes_more(flow)):
                return flow, path[len(head) :], ""
        for flow in by_length:
            head = flow.path.removesuffix("/*")
            if flow.path in self._from_elsewhere and path.casefold() == head.casefold():
                return flow, "", path
        return None, "", ""


def _takes_more(flow: KnownFlow) -> bool:
    return flow.path.endswith("/*") or flow.path.startswith("/gw/")


def _unprefixed(path: str) -> str:
    return _RUNTIME.sub("", path, count=1).strip("/")


def _fixed_part(path: str) -> tuple[str, str]:
    """Return the part of a path without variables and keys, and what is behind it."""
    parts = path.split("/")
    fixed = next((at for at, part in enumerate(parts) if _VARIABLE_PART.search(part)), len(parts))
    fixed = max(fixed, min(len(parts), 3))
    return "/".join(parts[:fixed]), "".join(f"/{part}" for part in parts[fixed:])


def _pairs(query: str) -> tuple[tuple[str, str], ...]:
    found = (part.partition("=") for part in query.split("&") if part)
    return tuple((_decoded(name), _decoded(value)) for name, _, value in found)


def _decoded(text: str) -> str:
    return text if "{{" in text else unquote_plus(text)


def runtime_part(url: str, resolved: Sequence[str]) -> tuple[str, str] | str:
    """Return path and query of a request to a runtime, with variables; else why it is none, in a sentence.

    ``resolved`` are the same address with the values that its variables may have.
    """
    address, _, query = url.partition("#")[0].partition("?")
    for whole in (address, *(each.partition("?")[0] for each in resolved)):
        path = _HOST.sub("", whole, count=1)
        if _API.match(path):
            return "it calls the OData API of the tenant; features ask about messages and artifacts instead"
        if _MANAGED.search(_host(whole)):
            return "it calls API management, and no runtime"
    host = _host(address)
    if _PROXY_NAME.search(host) and "{{" in host:
        return f"its host, {host}, is taken for API management, and no runtime"
    if path := _runtime_path(address):
        return path, query
    for whole in resolved:
        if path := _runtime_path(whole.partition("?")[0]):
            return path, query
    return "its address is none of a runtime, which begins with /http, /cxf or /gw/odata/SAP"


def _host(address: str) -> str:
    return host_and_path(address)[0]


def host_and_path(address: str) -> tuple[str, str]:
    """Return the host of an address, be it a variable, and what is behind it."""
    found = _HOST.match(address)
    return (found[1].rpartition("@")[2], address[found.end() :]) if found else ("", address)


def _runtime_path(address: str) -> str:
    path = _HOST.sub("", address, count=1)
    found = _RUNTIME.search(path)
    return re.sub(r"/{2,}", "/", path[found.start() :]).rstrip("/") if found else ""


def flows_of_bundles(paths: Iterable[Path], suite: Path) -> Iterator[KnownFlow]:
    """Yield the flows of exported bundles, and of those that the suite has for its local tenant.

    Raises BundleError for a named one that cannot be read.
    """
    folder = suite / "tenants" / LOCAL_FLOWS
    for path in (*paths, *(bundles_in(folder) if folder.is_dir() else ())):
        for bundle in read_package(path).flows():
            values = bundle.values()
            for sender in bundle.flow.senders() if bundle.flow else ():
                address = resolve(sender.address, values).strip("/")
                if sender.kind in _PROTOCOLS and address and "{{" not in address:
                    yield KnownFlow(f"{_PROTOCOLS[sender.kind]}/{address}", "", bundle.id)


def flows_of_tenant(iflows: Iterable[Iflow]) -> Iterator[KnownFlow]:
    """Yield the flows of a tenant file whose addresses it says."""
    for iflow in iflows:
        if iflow.address:
            yield KnownFlow(runtime_path(iflow.address), iflow.name, iflow.artifact or "")
