"""Script steps of a flow: the script that a step names is run in the JVM that all flows of a tenant share."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.failures import NotSupportedError
from pytest_iflow.iflow_engine.message import Message
from pytest_iflow.iflow_engine.processing import Action, Processing
from pytest_iflow.iflow_engine.scripting.runner import Script, ScriptBundle
from pytest_iflow.iflow_engine.scripting.script_error import named
from pytest_iflow.iflow_model.flow import Step

VALUE_MAPPING = "value_mapping.xml"


def groovy_script(step: Step, deployed: DeployedFlow) -> Action:
    """Return what runs the script of a step; raises NotSupportedError where it is not there."""
    script = script_named(step, deployed)
    value_mappings = [
        (bundle.id, bundle.files[VALUE_MAPPING])
        for bundle in (deployed.package.of_kind("value mapping").values() if deployed.package else ())
        if VALUE_MAPPING in bundle.files
    ]

    def run(processing: Processing, message: Message) -> None:
        scripts = processing.tenant.scripts
        scripts.services.value_mappings.add_bundles(value_mappings)
        scripts.run(script, message, deployed.id, processing.budget.seconds_left)

    return run


def script_named(step: Step, deployed: DeployedFlow) -> Script:
    """Return the script that a step names, in its flow or in a script collection of its package."""
    held = deployed.package.of_kind("script collection") if deployed.package else {}
    used = step.properties.get("scriptBundleId", "")
    collections = {used: ScriptBundle(held[used].name, held[used].files)} if used in held else {}
    own = ScriptBundle(deployed.bundle.name, deployed.bundle.files)
    return script_of_step(step.properties, own, collections, step.variant_version or step.component_version)


def script_of_step(
    properties: Mapping[str, str],
    own: ScriptBundle,
    collections: Mapping[str, ScriptBundle],
    step_version: str = "",
) -> Script:
    """Return the script that a step names, in the flow itself or in a script collection.

    ``properties`` are those of the step in the flow (``script``, ``scriptFunction``, ``scriptBundleId``);
    ``collections`` by their ids. Raises NotSupportedError where it is not there, or is JavaScript.
    """
    collection = properties.get("scriptBundleId", "")
    bundle = collections.get(collection) if collection else own
    if bundle is None:
        raise NotSupportedError(f'the script collection "{collection}" is not beside the flow')
    file = PurePosixPath(properties.get("script", "")).name
    if file not in bundle.script_names:
        known = ", ".join(bundle.script_names) or "no scripts"
        raise NotSupportedError(f'the script "{file}" is not in {bundle.name} ({known})')
    if file.endswith(".js") or properties.get("subActivityType") == "JavaScript":
        raise NotSupportedError(f"{named(file)}: JavaScript is not supported by the local tenant")
    return Script(bundle, file, properties.get("scriptFunction") or "processData", step_version)
