"""A message mapping made ready for its messages, or what of it the local tenant does not run, by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from pytest_iflow.iflow_engine.failures import StepError
from pytest_iflow.iflow_engine.mapping.definition import (
    STANDARD,
    Call,
    Expression,
    MappingFileError,
    MessageMapping,
    OutputOf,
    Schema,
    SourceField,
    read_mapping,
)
from pytest_iflow.iflow_engine.mapping.formats import LONGEST_PATTERN, NUMBER_PATTERN, dates_are_understood
from pytest_iflow.iflow_engine.mapping.functions import BY_QUEUE
from pytest_iflow.iflow_engine.mapping.own_functions import missing_of_own, outputs_of
from pytest_iflow.iflow_engine.mapping.structure import Schemas, StructureError
from pytest_iflow.iflow_engine.mapping.target import TargetNode, target_of
from pytest_iflow.iflow_engine.mapping.values import BY_VALUE
from pytest_iflow.iflow_model.bundle import Bundle
from pytest_iflow.iflow_model.flow import Step
from pytest_iflow.iflow_model.package import Package

_STRATEGIES = frozenset({"1", "2"})
_STRUCTURES = frozenset({"xsd", "wsdl"})


class UnsupportedMappingError(Exception):
    """The mapping has parts that are not run here; ``parts`` are their names."""

    def __init__(self, name: str, parts: Iterable[str]) -> None:
        self.parts = [f"message mapping {name}: {part}" for part in dict.fromkeys(parts)]
        super().__init__(self.parts[0])


class Prepared(Struct, frozen=True):
    """A mapping with the tree of its target fields."""

    mapping: MessageMapping
    target: TargetNode
    holder: Bundle
    """The bundle that has its file, schemas and scripts."""


def prepared(package: Package | None, bundle: Bundle, step: Step) -> Prepared:
    """Return the mapping of a step, of its bundle or of a message mapping of the package.

    Raises UnsupportedMappingError with all that is missing for it.
    """
    name = step.properties.get("mappingname") or step.properties.get("mappingpath", "").rpartition("/")[2]
    if step.properties.get("mappingReference") == "dynamic":
        raise UnsupportedMappingError(name, ["a mapping that is named by the message"])
    path = f"{step.properties.get('mappingpath', '')}.mmap"
    artifact = step.properties.get("messageMappingBundleId", "")
    holder: Bundle | None = bundle
    if artifact:
        holder = package.of_kind("message mapping").get(artifact) if package else None
    content = holder.resource(path.removeprefix("src/main/resources/")) if holder else None
    if holder is None or content is None:
        where = f"the message mapping {artifact} beside the flow" if artifact else "the bundle"
        raise UnsupportedMappingError(name, [f"a file that is not in {where}"])
    try:
        mapping = read_mapping(content, name)
    except MappingFileError as error:
        raise UnsupportedMappingError(name, [str(error)]) from error
    missing = [*_missing_structures(mapping), *_missing_functions(mapping, holder)]
    tree = None
    if not missing:
        try:
            schema = mapping.targets[0]
            root = mapping.fields[0].path[0]
            tree = target_of(mapping, Schemas(holder, schema.path).root(root.name, root.namespace))
        except StructureError as error:
            missing = [str(error)]
    if tree is None:
        raise UnsupportedMappingError(name, missing)
    return Prepared(mapping, tree, holder)


def missing_in_mapping(package: Package, bundle: Bundle, step: Step) -> list[str]:
    """Return in words what the mapping of a step needs and the local tenant has not."""
    try:
        prepared(package, bundle, step)
    except UnsupportedMappingError as error:
        return error.parts
    return []


def _missing_structures(mapping: MessageMapping) -> Iterator[str]:
    if not mapping.fields:
        yield "no mapped field"
    for side, schemas in (("source", mapping.sources), ("target", mapping.targets)):
        if len(schemas) != 1:
            yield f"{len(schemas)} {side} messages"
        yield from (_structure(one) for one in schemas if one.kind not in _STRUCTURES)


def _structure(schema: Schema) -> str:
    return f"the structure {schema.path.rpartition('/')[2]} ({schema.kind})"


def _missing_functions(mapping: MessageMapping, holder: Bundle) -> Iterator[str]:
    for field in mapping.fields:
        for part in parts(field.expression):
            call = part.call if isinstance(part, OutputOf) else part
            if isinstance(part, OutputOf) and part.number >= outputs_of(call, mapping, holder):
                yield f"function {call.function} with {part.number + 1} outputs"
            yield from (
                missing_of_call(call) if call.library == STANDARD else missing_of_own(call, mapping, holder)
            )


def parts(expression: Expression) -> Iterator[Call | OutputOf]:
    """Yield the functions of an expression and their further outputs, inner ones first."""
    if isinstance(expression, SourceField):
        return
    if isinstance(expression, OutputOf):
        yield from parts(expression.call)
    else:
        for one in expression.arguments:
            yield from parts(one)
    yield expression


def missing_of_call(call: Call) -> Iterator[str]:
    """Yield what of a standard function is not understood, in words."""
    known = BY_VALUE.get(call.function) or BY_QUEUE.get(call.function)
    if known is None:
        yield f"function {call.function}"
        return
    if known[0] != len(call.arguments):
        yield f"function {call.function} with {len(call.arguments)} arguments"
    yield from (f"function {call.function} with {said}" for said in _strange_settings(call))


def _strange_settings(call: Call) -> Iterator[str]:
    settings = call.settings
    match call.function:
        case "substring" if (
            not (settings.get("count") or "").strip().isdigit() or int(settings["count"]) == 0
        ):
            yield f"the count {settings.get('count', '')!r}"
        case "SplitByValue" if settings.get("type") not in ("0", "1"):
            yield f"the type {settings.get('type')}"
        case "FixValues" | "valuemap" if settings.get("vmstrategy") not in _STRATEGIES:
            yield f"the strategy {settings.get('vmstrategy')}"
        case "sort" | "sortByKey" if settings.get("comparator", "cs") != "cs":
            yield f"the comparator {settings['comparator']}"
        case "formatNumber" if len(settings.get("nformat", "")) > LONGEST_PATTERN or not (
            NUMBER_PATTERN.fullmatch(settings.get("nformat", ""))
        ):
            yield f"the format {settings.get('nformat')}"
        case "TransformDate" | "DateBefore" | "DateAfter" | "CompareDates":
            read = [settings.get("iform", "")]
            read += [settings.get("oform", "")] if call.function != "TransformDate" else []
            yield from (f"the pattern {one}" for one in read if not _readable(one))


def _readable(pattern: str) -> bool:
    try:
        return bool(pattern) and dates_are_understood(pattern)
    except StepError:
        return False
