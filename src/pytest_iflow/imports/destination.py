"""Where an import puts its entries: the environment of a tenant file, and the iFlows that are known there."""

from __future__ import annotations

import os

from pytest_iflow.drafts.draft import Fate, IflowDraft, Remark
from pytest_iflow.imports.addresses import Addresses, CalledFlow, flows_of_bundles, flows_of_tenant
from pytest_iflow.imports.kinds import Request
from pytest_iflow.tenants.catalogue import Catalogue, default_environment
from pytest_iflow.tenants.model import Environment

_NEW_ENVIRONMENT = "test"


class Destination:
    """The environment that gets entries, and the iFlows that a source calls there.

    Raises ConfigurationError where a tenant file or a bundle cannot be read.
    """

    def __init__(self, request: Request) -> None:
        there = environment_there(request)
        self.tenant = request.tenant
        self.environment = there.name if there else request.environment or _NEW_ENVIRONMENT
        bundled = tuple(flows_of_bundles(request.bundles, request.into))
        self.has_bundles = bool(bundled)
        iflows = there.iflows if there else {}
        self.addresses = Addresses((*flows_of_tenant(iflows.values()), *bundled), iflows)

    def iflows(self) -> tuple[IflowDraft, ...]:
        """Return the entries of all iFlows that are called."""
        return tuple(
            IflowDraft(flow.name, flow.path.removesuffix("/*"), flow.artifact or None)
            for flow in self.addresses.added.values()
        )


def environment_there(request: Request) -> Environment | None:
    """Return the environment whose file gets the entries; None where there is none yet."""
    catalogue = Catalogue(request.into / "tenants", os.environ, has_quick_start=False)
    if request.tenant not in catalogue.names():
        return None
    tenant = catalogue.tenant(request.tenant)
    name = request.environment or default_environment(tenant)
    return tenant.environments.get(name) if name else catalogue.environment(request.tenant, name)


def other_case(origin: str, flow: CalledFlow) -> Remark | None:
    """Return the remark about a path that differs from that of a flow only in case, else None."""
    if not flow.differs:
        return None
    what = (
        f"It says {flow.differs}, and the iFlow answers at {flow.path}: a tenant tells upper from lower "
        "case, and answers 404. The scenario calls the iFlow; correct the description."
    )
    return Remark(Fate.CHANGED, origin, what)
