"""All flows that the tenant comes with. A new flow is a module with ``FLOWS`` and its name here."""

from __future__ import annotations

from pytest_iflow.emulator.flows import (
    awkward,
    echo,
    endings,
    idoc,
    orders,
    product_details,
    product_odata,
    product_soap,
    unsteady_receiver,
)
from pytest_iflow.emulator.flows.flow import Flow

FLOWS: tuple[Flow, ...] = tuple(
    flow
    for module in (
        product_details,
        product_soap,
        product_odata,
        orders,
        idoc,
        echo,
        endings,
        unsteady_receiver,
        awkward,
    )
    for flow in module.FLOWS
)
