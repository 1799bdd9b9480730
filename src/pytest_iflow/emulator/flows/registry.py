"""All deployed flows by their address. A new flow is a module with ``FLOWS`` and its name here."""

from __future__ import annotations

from pytest_iflow.emulator.flows import awkward, echo, product_details
from pytest_iflow.emulator.flows.message import Flow

FLOWS: dict[str, Flow] = {
    flow.address: flow for module in (product_details, echo, awkward) for flow in module.FLOWS
}
