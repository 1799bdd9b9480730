"""Routers and multicasts: which routes a message takes."""

from __future__ import annotations

from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.expressions import conditions, xpath
from pytest_iflow.iflow_engine.expressions.simple_functions import Scope
from pytest_iflow.iflow_engine.failures import StepError
from pytest_iflow.iflow_model.flow import ConditionLanguage, Process, Route, Step


def chosen_route(deployed: DeployedFlow, process: Process, step: Step, scope: Scope) -> Route | None:
    """Return the first route whose condition holds, else the default one.

    Without a default the message ends here; with the option *Throw Exception* it fails (SAP's page "Define
    Router"; the words of the exception are assumed).
    """
    default = None
    for route in deployed.routes_from(process, step.id):
        if route.is_default or route.id == step.default_route:
            default = route
        elif holds(route.condition, route.language, scope):
            return route
    if default is None and deployed.settings(step.properties).flag("throwException"):
        raise StepError(f"no routing condition of {step.name} was met", "com.sap.it.rt.NoRouteException")
    return default


def holds(condition: str, language: ConditionLanguage, scope: Scope) -> bool:
    """Tell whether a condition holds, in whichever language it is; an empty one never does."""
    if not condition.strip():
        return False
    if language == "xpath":
        return xpath.holds(condition, scope)
    return conditions.holds(condition, scope)


def branches(deployed: DeployedFlow, process: Process, step: Step) -> list[Route]:
    """Return the routes of a multicast in their order.

    A sequential one has an order of its own. Those of a parallel one are run one after the other as well, in
    the order of the editor, so that a test has one result.
    """
    routes = deployed.routes_from(process, step.id)
    order = [
        row[1] for row in deployed.settings(step.properties).cells("routingSequenceTable") if len(row) > 1
    ]
    places = {route: place for place, route in enumerate(order)}
    return sorted(routes, key=lambda route: places.get(route.id, len(places)))
