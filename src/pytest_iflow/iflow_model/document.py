"""The model as a document of plain values, for scripts; its keys stand in docs/iflow-bundles.md."""

from __future__ import annotations

from typing import Any

from msgspec import to_builtins

from pytest_iflow.iflow_model.bundle import Bundle
from pytest_iflow.iflow_model.flow import Flow, Process
from pytest_iflow.iflow_model.package import Package
from pytest_iflow.iflow_model.parameters import uses


def document(package: Package) -> dict[str, Any]:
    """Return all that the model knows of a package."""
    return {
        "name": package.name,
        "bundles": [_bundle(bundle) for bundle in package.bundles],
        "not_understood": to_builtins(package.not_understood),
    }


def _bundle(bundle: Bundle) -> dict[str, Any]:
    used = uses(bundle.flow) if bundle.flow else {}
    parameters = [
        {**to_builtins(one), "used": to_builtins(used.get(name, []))}
        for name, one in bundle.parameters.items()
    ]
    return {
        "id": bundle.id,
        "name": bundle.name,
        "version": bundle.version,
        "kind": bundle.kind,
        "files": sorted(bundle.files),
        "parameters": parameters,
        "flow": _flow(bundle.flow) if bundle.flow else None,
        "not_understood": to_builtins(bundle.not_understood),
    }


def _flow(flow: Flow) -> dict[str, Any]:
    return {
        "file": flow.file,
        "properties": dict(flow.properties),
        "participants": to_builtins(list(flow.participants.values())),
        "adapters": to_builtins(flow.adapters),
        "processes": [_process(process) for process in flow.in_order()],
    }


def _process(process: Process) -> dict[str, Any]:
    return {
        **to_builtins(process),
        "steps": to_builtins(list(process.steps.values())),
    }
