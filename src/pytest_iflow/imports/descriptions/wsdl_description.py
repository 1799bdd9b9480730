"""The operations of a service that WSDL 1.1 describes, with the parts of their messages."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename, dirname, join, normpath
from urllib.parse import unquote, urlsplit

from lxml import etree
from msgspec import Struct
from msgspec.structs import replace

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.imports.descriptions.files import parsed_xml
from pytest_iflow.imports.messages.json_values import NoExampleError
from pytest_iflow.imports.messages.xml_examples import XmlExamples
from pytest_iflow.imports.messages.xml_schemas import XSD, Find, SchemaSet

_WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
_SOAP = {
    "{http://schemas.xmlsoap.org/wsdl/soap/}": "1.1",
    "{http://schemas.xmlsoap.org/wsdl/soap12/}": "1.2",
}
_MOST_FILES = 50


class Part(Struct, frozen=True):
    """A part of a message: a global element, or a type with the name of the part; names as lxml has them."""

    name: str
    element: str = ""
    type: str = ""


class SoapOperation(Struct, frozen=True):
    """An operation; ``version`` is that of SOAP, ``style`` is document or rpc, ``namespace`` that of rpc.

    ``headers`` are the parts that go into the header of the envelope, ``answer`` those of the body that comes
    back, None for a message that gets none.
    """

    name: str
    version: str
    action: str
    style: str
    namespace: str
    body: tuple[Part, ...]
    headers: tuple[Part, ...]
    answer: tuple[Part, ...] | None
    is_encoded: bool = False


class WsdlDescription(Struct, frozen=True):
    """A service; ``address`` is the path of its first SOAP port, empty where there is none."""

    service: str
    address: str
    operations: tuple[SoapOperation, ...]
    schemas: SchemaSet
    unread: tuple[tuple[str, str], ...]


def read_wsdl(path: str, find: Find) -> WsdlDescription:
    """Return the service of a WSDL file; ``find`` gives it and the files that it imports.

    Raises ConfigurationError where it is no WSDL 1.1.
    """
    return _Reader(path, find).description()


def body_of(operation: SoapOperation, examples: XmlExamples) -> etree._Element:
    """Return what stands in the body of an operation's envelope; raises NoExampleError."""
    if operation.style == "rpc":
        nsmap = {"n": operation.namespace} if operation.namespace else None
        try:
            wrapper = etree.Element(_qualified(operation.namespace, operation.name), nsmap=nsmap)
        except ValueError as error:
            raise NoExampleError(f"the operation gives no name of an element: {error}") from None
        wrapper.extend(part_of(each, examples) for each in operation.body)
        etree.indent(wrapper)
        return wrapper
    if len(operation.body) != 1:
        raise NoExampleError(f"the body has {len(operation.body)} parts, where it has to have one")
    return part_of(operation.body[0], examples)


def part_of(part: Part, examples: XmlExamples) -> etree._Element:
    """Return an example of a part; raises NoExampleError."""
    if part.element:
        return examples.example(part.element)
    return examples.example_of_type(part.name, part.type)


class _Reader:
    """Reads a WSDL with those that it imports."""

    def __init__(self, path: str, find: Find) -> None:
        self._find = find
        self._schemas = SchemaSet(find)
        self._named: dict[tuple[str, str], etree._Element] = {}
        self._read: set[str] = set()
        self._unread: list[tuple[str, str]] = []
        if not self._load(path):
            raise ConfigurationError("There is no such file.", where=path, remedy="Name the WSDL itself.")

    def _load(self, path: str) -> bool:
        path = normpath(path)
        if path in self._read:
            return True
        data = self._find(path)
        if data is None:
            return False
        self._read.add(path)
        root = parsed_xml(data, path)
        if root.tag == f"{XSD}schema":
            self._schemas.add_schema(root, path)
            return True
        if root.tag != f"{_WSDL}definitions":
            name = etree.QName(root)
            two = " That of WSDL 2.0 is not read." if name.localname == "description" else ""
            raise ConfigurationError(
                f"This is no WSDL 1.1: its root is {name.localname}, not definitions.{two}", where=path
            )
        self._add(root, path)
        return True

    def _add(self, root: etree._Element, path: str) -> None:
        namespace = root.get("targetNamespace") or ""
        for each in root.iterchildren(f"{_WSDL}*"):
            kind = etree.QName(each).localname
            if kind == "types":
                for schema in each.iterchildren(f"{XSD}schema"):
                    self._schemas.add_schema(schema, path)
            elif kind == "import" and (location := each.get("location")):
                self._follow(unquote(location.strip()).replace("\\", "/"), path)
            elif name := each.get("name"):
                self._named.setdefault((kind, _qualified(namespace, name)), each)

    def _follow(self, location: str, path: str) -> None:
        beside = [] if "://" in location else [join(dirname(path), location)]
        candidates = [each for each in (*beside, basename(location)) if not each.startswith("..")]
        if len(self._read) >= _MOST_FILES or not any(map(self._load, candidates)):
            self._unread.append((location, "It is imported and not there, so it is not read."))

    def description(self) -> WsdlDescription:
        service = next((each for (kind, _), each in self._named.items() if kind == "service"), None)
        ports = [*service.iterchildren(f"{_WSDL}port")] if service is not None else []
        operations: dict[str, SoapOperation] = {}
        for each in self._operations(ports):
            if each.name not in operations:
                operations[each.name] = each
            elif operations[each.name].version != each.version:
                what = f"It can be called by SOAP {each.version}, too; the scenario uses the first version."
                self._unread.append((each.name, what))
        names = [name for (kind, name) in self._named if kind in ("service", "portType")]
        shown = service.get("name") if service is not None else next(iter(names), "")
        return WsdlDescription(
            (shown or "Service").rpartition("}")[2],
            next(filter(None, map(_address, ports)), ""),
            tuple(operations.values()),
            self._schemas,
            tuple(dict.fromkeys(self._unread)),
        )

    def _operations(self, ports: list[etree._Element]) -> Iterator[SoapOperation]:
        """Yield the operations of the bindings, those of the ports first; without any, of the port types."""
        named = [self._reference("binding", port, port.get("binding")) for port in ports]
        others = [each for (kind, _), each in self._named.items() if kind == "binding"]
        bindings = list(dict.fromkeys([*filter(lambda one: one is not None, named), *others]))
        for binding in bindings:
            if binding is not None:
                yield from self._of_binding(binding)
        if not bindings:
            for (kind, _), port_type in self._named.items():
                if kind == "portType":
                    for each in port_type.iterchildren(f"{_WSDL}operation"):
                        yield self._described(each, "1.1", "document")

    def _of_binding(self, binding: etree._Element) -> Iterator[SoapOperation]:
        name = binding.get("name") or "a binding"
        soap = next((space for space in _SOAP if binding.find(f"{space}binding") is not None), None)
        port_type = self._reference("portType", binding, binding.get("type"))
        if soap is None:
            self._unread.append((name, "It is no binding to SOAP 1.1 or 1.2, so nothing is made of it."))
            return
        if port_type is None:
            self._unread.append((name, f"Its port type {binding.get('type')} is not there."))
            return
        declared = {each.get("name"): each for each in port_type.iterchildren(f"{_WSDL}operation")}
        head = binding.find(f"{soap}binding")
        style = (head.get("style") if head is not None else None) or "document"
        for each in binding.iterchildren(f"{_WSDL}operation"):
            operation = declared.get(each.get("name"))
            if operation is None:
                self._unread.append((each.get("name") or name, "Its port type does not have it."))
                continue
            yield self._bound(self._described(operation, _SOAP[soap], style), each, soap)

    def _bound(self, described: SoapOperation, bound: etree._Element, soap: str) -> SoapOperation:
        """Return an operation with what its binding says of it."""
        said = bound.find(f"{soap}operation")
        given = bound.find(f"{_WSDL}input")
        body = given.find(f"{soap}body") if given is not None else None
        headers = list(given.iterchildren(f"{soap}header")) if given is not None else []
        chosen = body.get("parts") if body is not None else None
        parts = described.body
        if chosen is not None:
            parts = tuple(each for each in parts if each.name in chosen.split())
        taken = {each.get("part") for each in headers}
        if described.style == "document" and len(parts) > 1:
            parts = tuple(each for each in parts if each.name not in taken)
        return replace(
            described,
            action=(said.get("soapAction") if said is not None else None) or "",
            style=(said.get("style") if said is not None else None) or described.style,
            namespace=(body.get("namespace") if body is not None else None) or "",
            is_encoded=body is not None and body.get("use") == "encoded",
            body=parts,
            headers=tuple(self._header_parts(headers)),
        )

    def _header_parts(self, headers: list[etree._Element]) -> Iterator[Part]:
        for each in headers:
            parts = self._parts(each, each.get("message"))
            yield from (part for part in parts if part.name == each.get("part"))

    def _described(self, operation: etree._Element, version: str, style: str) -> SoapOperation:
        given, answer = operation.find(f"{_WSDL}input"), operation.find(f"{_WSDL}output")
        body = self._parts(given, given.get("message")) if given is not None else ()
        back = None if answer is None else self._parts(answer, answer.get("message"))
        return SoapOperation(operation.get("name") or "operation", version, "", style, "", body, (), back)

    def _parts(self, at: etree._Element, reference: str | None) -> tuple[Part, ...]:
        message = self._reference("message", at, reference)
        if message is None:
            return ()
        return tuple(
            Part(
                each.get("name") or "part",
                _resolved(each, each.get("element")),
                _resolved(each, each.get("type")),
            )
            for each in message.iterchildren(f"{_WSDL}part")
        )

    def _reference(self, kind: str, at: etree._Element, reference: str | None) -> etree._Element | None:
        """Return what a name with a prefix names; without its namespace, where that is not to be found."""
        if not reference:
            return None
        exact = self._named.get((kind, _resolved(at, reference)))
        if exact is not None:
            return exact
        name = reference.rpartition(":")[2]
        found = [each for (own, full), each in self._named.items() if own == kind and _local(full) == name]
        return found[0] if len(found) == 1 else None


def _address(port: etree._Element) -> str:
    for space in _SOAP:
        address = port.find(f"{space}address")
        location = address.get("location") if address is not None else None
        if location:
            try:
                return urlsplit(location).path.rstrip("/")
            except ValueError:
                return ""
    return ""


def _qualified(namespace: str, name: str) -> str:
    return f"{{{namespace}}}{name}" if namespace else name


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _resolved(at: etree._Element, reference: str | None) -> str:
    """Return a name with a prefix as lxml has it, empty for none."""
    if not reference:
        return ""
    prefix, _, name = reference.strip().rpartition(":")
    return _qualified(at.nsmap.get(prefix or None) or "", name)
