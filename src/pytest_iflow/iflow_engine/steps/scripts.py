"""Script steps: Groovy of the flow's bundle, or of a script collection of its package."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.message import Message
from pytest_iflow.iflow_engine.processing import Action, Processing
from pytest_iflow.iflow_model.flow import Step

if TYPE_CHECKING:
    from pytest_iflow.iflow_engine.scripting.runner import Script, ScriptBundle, ScriptOutput

VALUE_MAPPING = "value_mapping.xml"

_BUNDLES = "script bundles"
"""Where a deployed flow keeps what its script steps share."""


class _Bundles(NamedTuple):
    own: ScriptBundle
    collections: dict[str, ScriptBundle]


def script(step: Step, deployed: DeployedFlow) -> Action:
    """Return what runs the script of a step on the message; what it prints is noted, also where it fails.

    The script finds the value mappings of the package.
    """
    held = _script_of(step, deployed)
    mappings = value_mappings_of(deployed)

    def run(processing: Processing, message: Message) -> None:
        runner = processing.tenant.scripts()
        runner.services.value_mappings.add_bundles(mappings)
        attached = len(message.log.attachments)

        def note(output: ScriptOutput) -> None:
            if output.text or output.left_out:
                processing.run.printed.append((step.name or step.id, output.text, output.left_out))

        runner.run(held, message, deployed.id, processing.budget.seconds_left, note)
        processing.budget.keep(sum(len(one.content) for one in message.log.attachments[attached:]))

    return run


def value_mappings_of(deployed: DeployedFlow) -> list[tuple[str, bytes]]:
    """Return the files of the value mappings of the flow's package, with the ids of those."""
    others = deployed.package.of_kind("value mapping") if deployed.package else {}
    return [
        (own_id, one.files[VALUE_MAPPING]) for own_id, one in others.items() if VALUE_MAPPING in one.files
    ]


def _script_of(step: Step, deployed: DeployedFlow) -> Script:
    """Return the script that a step names; raises NotSupportedError where it is not there."""
    from pytest_iflow.iflow_engine.scripting.runner import ScriptBundle, script_of_step

    bundles = deployed.kept.get(_BUNDLES)
    if not isinstance(bundles, _Bundles):
        others = deployed.package.of_kind("script collection") if deployed.package else {}
        collections = {own_id: ScriptBundle(one.name, one.files) for own_id, one in others.items()}
        bundles = _Bundles(ScriptBundle(deployed.bundle.name, deployed.bundle.files), collections)
        deployed.kept[_BUNDLES] = bundles
    version = step.component_version or step.variant_version
    return script_of_step(step.properties, bundles.own, bundles.collections, version)
