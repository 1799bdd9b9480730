"""The tree that ``pytest-iflow model`` prints: a flow in words, as a reader follows it."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text
from rich.tree import Tree

from pytest_iflow.iflow_model.bundle import Bundle
from pytest_iflow.iflow_model.flow import UNKNOWN, Adapter, Flow, NotUnderstood, Process, Route, Step
from pytest_iflow.iflow_model.outline import Line, outline
from pytest_iflow.iflow_model.package import Package
from pytest_iflow.iflow_model.parameters import uses
from pytest_iflow.reporting.console_text import console_text

_LONGEST = 120
"""Characters of a value that are shown."""

_DETAILS = (
    "script",
    "mappinguri",
    "storageName",
    "splitExprValue",
    "xsd",
    "correlationExpression",
    "encoderType",
)
"""The properties of which the first that a step has says most about it."""

_SETTINGS = {
    "allowedHeaderList": "allowed headers",
    "returnExceptionToSender": "return the exception to the sender",
    "httpSessionHandling": "HTTP session reuse",
    "namespaceMapping": "namespaces",
    "log": "log",
}


def trees(package: Package, bundles: Iterable[Bundle]) -> list[Tree]:
    """Return a tree for each bundle, and one for what of the package could not be read."""
    found = [_bundle_tree(bundle) for bundle in bundles]
    if package.not_understood:
        top = Tree(_text("not understood in the package", "bold yellow"))
        _add_unknown(top, package.not_understood)
        found.append(top)
    return found


def _text(*parts: str) -> Text:
    """Return a text of pairs: words and their style."""
    found = Text()
    for words, style in zip(parts[::2], parts[1::2], strict=True):
        found.append(console_text(_short(words)), style=style)
    return found


def _short(words: str) -> str:
    line = " ".join(words.split(" ")) if "\n" not in words else " ".join(words.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _bundle_tree(bundle: Bundle) -> Tree:
    said = " ".join(filter(None, [bundle.id if bundle.id != bundle.name else "", bundle.version]))
    top = Tree(_text(bundle.name, "bold", f"  {bundle.kind}", "cyan", f"  {said}" if said else "", "dim"))
    flow = bundle.flow
    if flow is not None:
        for process in flow.in_order():
            _add_process(top, flow, process)
        _add_settings(top, flow)
    _add_parameters(top, bundle)
    if flow is None:
        for name in sorted(bundle.files):
            top.add(_text(name, ""))
    if bundle.not_understood:
        _add_unknown(top.add(_text("not understood", "bold yellow")), bundle.not_understood)
    return top


def _add_process(top: Tree, flow: Flow, process: Process) -> None:
    kinds = {"main": "integration process", "local": "local process", "exception": "exception sub-process"}
    node = top.add(_text(process.name or process.id, "bold", f"  {kinds[process.kind]}", "cyan"))
    waiting: list[tuple[Tree, list[Line]]] = [(node, outline(process))]
    while waiting:
        parent, lines = waiting.pop()
        for line in lines:
            if line.again:
                parent.add(_text("→ ", "dim", line.step.name or line.step.id, "dim"))
                continue
            held = parent.add(_step_text(flow, line.step))
            waiting += [(held.add(_route_text(one.route)), one.lines) for one in line.branches]


def _step_text(flow: Flow, step: Step) -> Text:
    known = step.kind != UNKNOWN
    word = step.kind if known else f"unknown: {step.activity_type or step.element}"
    found = _text(step.name or step.id, "", f"  {word}", "cyan" if known else "bold red")
    if detail := _detail(flow, step):
        found.append_text(_text(f"  {detail}", "dim"))
    for adapter in flow.adapters_of(step.id):
        found.append_text(_text(f"  {_adapter_words(flow, adapter)}", "green"))
    return found


def _detail(flow: Flow, step: Step) -> str:
    if step.called_process:
        called = flow.processes.get(step.called_process)
        return (called.name if called else "") or step.called_process
    said = next((step.properties[name] for name in _DETAILS if step.properties.get(name)), "")
    if step.kind == "filter":
        said = step.properties.get("wrapContent", "")
    collection = step.properties.get("scriptBundleId", "")
    return (
        f"{said.rpartition('/resources/')[2]} of {collection}"
        if collection
        else said.rpartition("/resources/")[2]
    )


def _adapter_words(flow: Flow, adapter: Adapter) -> str:
    participant = flow.participants.get(adapter.participant)
    name = participant.name if participant else adapter.participant
    sign = "←" if adapter.direction == "sender" else "→"
    return f'{sign} {adapter.kind} "{name}" {adapter.address}'.rstrip()


def _route_text(route: Route) -> Text:
    if route.is_default:
        return _text("otherwise", "magenta", f"  {route.name}" if route.name else "", "dim")
    if not route.condition:
        return _text(route.name or "branch", "magenta")
    language = "" if route.language == "simple" else f"  {route.language or 'unknown language'}"
    return _text("if ", "magenta", route.condition, "magenta", language, "dim")


def _add_settings(top: Tree, flow: Flow) -> None:
    said = [(words, flow.properties.get(name, "")) for name, words in _SETTINGS.items()]
    if any(value for _, value in said):
        node = top.add(_text("settings", "bold"))
        for words, value in said:
            if value:
                node.add(_text(f"{words}: ", "", value, "dim"))


def _add_parameters(top: Tree, bundle: Bundle) -> None:
    if not bundle.parameters:
        return
    used = uses(bundle.flow) if bundle.flow else {}
    node = top.add(_text("parameters", "bold"))
    for name, one in sorted(bundle.parameters.items()):
        value = "no value" if one.value is None else one.value or "empty"
        places = list(dict.fromkeys(use.name or use.id for use in used.get(name, [])))
        where = f"  in {', '.join(places)}" if places else "  not used"
        node.add(_text(f"{name} = ", "", value, "green" if one.value else "dim", where, "dim"))


def _add_unknown(node: Tree, unknown: Iterable[NotUnderstood]) -> None:
    for one in unknown:
        name = f'"{one.name}" ' if one.name else ""
        node.add(_text(f"{name}{one.id}: ", "yellow", one.what, "yellow"))
