"""Script steps of a flow: the script that a step names is run in the JVM that all flows of a tenant share."""

from __future__ import annotations

from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.message import Message
from pytest_iflow.iflow_engine.processing import Action, Processing
from pytest_iflow.iflow_engine.scripting.runner import Script, ScriptBundle, script_of_step
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
