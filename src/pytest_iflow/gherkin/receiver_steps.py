"""Steps about the receivers of iFlows: only the local tenant lets them answer as a scenario says.

Which scenarios have such steps is known before anything is sent, and which receivers the exported iFlows of
the suite have.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

import pytest
from pytest_bdd.parser import Step

from pytest_iflow.errors import ConfigurationError, closest_names
from pytest_iflow.gherkin.compiled import StepDefinition
from pytest_iflow.gherkin.faults import Fault, fault_at
from pytest_iflow.gherkin.outline import texts_of
from pytest_iflow.run import Run
from pytest_iflow.tenants.credentials import LOCAL_FLOWS, needs_emulator
from pytest_iflow.tenants.model import Environment

if TYPE_CHECKING:  # not for a run without such steps
    from pytest_iflow.runtime.mocked_receivers import MockedReceivers
    from pytest_iflow.tenants.deployed_flows import FlowInSuite

RECEIVER = "receiver"
"""The argument of a step function that names a receiver, and the attribute of a value that does."""

_WORDS = "the receiver "
"""Stands in each step about a receiver."""

_HAS_RECEIVERS = pytest.StashKey[bool]()
"""Key of the stash of an item whose steps speak of receivers."""


def speaks_of_receivers(steps: Iterable[tuple[Step, StepDefinition | None]]) -> bool:
    """Tell whether phrases of the vocabulary among these steps are about receivers of iFlows."""
    for step, definition in steps:
        is_ours = definition is None or definition.function.__module__.startswith("pytest_iflow.")
        if is_ours and any(_WORDS in text for text, is_doc_string in texts_of(step) if not is_doc_string):
            return True
    return False


def allow_receivers(item: pytest.Item, run: Run) -> None:
    """Let a scenario have receivers of its own, or skip it where the tenant is not a local one."""
    if needs_emulator(run.environment):
        item.stash[_HAS_RECEIVERS] = True
        return
    reason = (
        f"the receivers of {run.environment} cannot be mocked: only the local tenant lets them answer as a "
        "scenario says. pytest-iflow mock plan FLOW.zip tells which of them could be led to a mock"
    )
    item.add_marker(pytest.mark.skip(reason=reason))


def receivers_of(item: pytest.Item, run: Run) -> MockedReceivers | None:
    """Return the receivers of a scenario that has steps about them, new ones each time it is run."""
    if not item.stash.get(_HAS_RECEIVERS, False):
        return None
    from pytest_iflow.runtime.mocked_receivers import MockedReceivers

    return MockedReceivers(run.local_administration)


class FlowsOfSuite:
    """The exported iFlows that local tenants of a suite run, read when a step first names one.

    ``environments`` are those of local tenants. ``may_lack`` says that a suite without such iFlows may get
    them elsewhere, so that nothing is known then.
    """

    def __init__(self, environments: Iterable[Environment], *, may_lack: bool = False) -> None:
        self._environments = tuple(filter(needs_emulator, environments))
        self._may_lack = may_lack

    @cached_property
    def flows(self) -> Sequence[FlowInSuite] | None:
        """The iFlows; None where it is not known which there are."""
        from pytest_iflow.tenants.deployed_flows import deployed_flows

        try:
            found = [flow for each in self._environments for flow in deployed_flows(each)]
        except ConfigurationError:  # the local tenant says so when it starts, and lint by itself
            return None
        return None if not self._environments or (self._may_lack and not found) else found


class ReceiverNames:
    """The names of receivers in the exported iFlows of a suite."""

    def __init__(self, suite: FlowsOfSuite) -> None:
        self._suite = suite

    @cached_property
    def _known(self) -> set[str] | None:
        flows = self._suite.flows
        return None if flows is None else {name for each in flows for name in each.receivers}

    def faults(self, file: str, step: Step, text: str, definition: StepDefinition) -> Iterator[Fault]:
        """Yield the fault of a receiver that no iFlow has; an address may be any."""
        if _WORDS not in text or not definition.function.__module__.startswith("pytest_iflow."):
            return
        with suppress(ConfigurationError, ValueError, ArithmeticError):  # other faults say so
            arguments = definition.arguments_as_written(text)
            named = [arguments.get(RECEIVER), *(getattr(each, RECEIVER, None) for each in arguments.values())]
            for name in dict.fromkeys(each for each in named if each):
                if "://" not in name and "${" not in name and self._known is not None:
                    yield from self._unknown(file, step, name, self._known)

    def _unknown(self, file: str, step: Step, name: str, receivers: set[str]) -> Iterator[Fault]:
        if name in receivers:
            return
        near = " or ".join(f'"{each}"' for each in closest_names(name, receivers, 2))
        question = f"did you mean {near}? " if near else ""
        folder = f"{LOCAL_FLOWS} beside the tenant file"
        known = ", ".join(f'"{each}"' for each in sorted(receivers)[:20])
        yield fault_at(
            file,
            step.line_number,
            f'no exported iFlow has a receiver "{name}"',
            f"{question}The receivers are {known}; or write its address: https://…"
            if known
            else f"put the exported zip of the iFlow into {folder}",
            "unknown-name",
        )
