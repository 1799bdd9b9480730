"""Example messages out of schemas of XML: the same schemas give the same message, and it fits them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from lxml import etree
from xmlschema import XMLSchemaValidationError
from xmlschema.validators import XsdAnyElement, XsdAttribute, XsdElement, XsdGroup, XsdType

from pytest_iflow.imports.messages.json_values import NoExampleError
from pytest_iflow.imports.messages.xml_schemas import BROKEN, Schemas
from pytest_iflow.imports.messages.xml_values import text_of_type

_LEVELS = ((99, 300), (5, 300), (3, 300), (2, 300), (1, 300), (0, 5_000))
"""How a message is tried, one after the other: to which depth it has all that it may hold, below only what it
has to; and of how many elements it may be made."""

_DEEPEST = 100
_MOST_OF_ONE = 100
_ANY = "{urn:example}any"
"""The element that stands where a schema takes one of another schema."""

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_XML = "http://www.w3.org/XML/1998/namespace"


def _is_of_anything(error: XMLSchemaValidationError) -> bool:
    """Whether only the schema of the element is missed that stands where any may stand."""
    return error.elem is not None and error.elem.tag == _ANY


class _TooLargeError(NoExampleError):
    """A message would have too many elements."""


class XmlExamples:
    """Makes messages of schemas."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._count = 0
        self._most = 0
        self._full_to = 0
        self._ids = 0
        self._typed: list[tuple[etree._Element, etree.QName]] = []

    def example(self, name: str) -> etree._Element:
        """Return a message whose root is the global element ``{namespace}name``; raises NoExampleError."""
        declared = self._schemas.element(name)
        if declared is None:
            raise NoExampleError(f"no schema declares the element {name}")
        return self._fitting(declared, name)

    def example_of_type(self, name: str, type_name: str) -> etree._Element:
        """Return an element of a name with the content of a global type; raises NoExampleError."""
        kind = self._schemas.type(type_name)
        if kind is None:
            raise NoExampleError(f"no schema declares the type {type_name}")
        return self._tried(lambda: self._with_content(name, kind, (), 0))

    def _fitting(self, declared: XsdElement, name: str) -> etree._Element:
        root = self._tried(lambda: self._element(declared, (), 0))
        try:
            errors = declared.iter_errors(cast("Any", root))
            error = next((each for each in errors if not _is_of_anything(each)), None)
        except BROKEN as broken:
            raise NoExampleError(f"the schema of {name} cannot judge a message: {broken}") from None
        if error is not None:
            said = error.reason or error.message
            raise NoExampleError(f"no message was found that fits: at {error.path}: {said[:200]}")
        return root

    def _tried(self, make: Any) -> etree._Element:
        reason: NoExampleError | None = None
        for self._full_to, self._most in _LEVELS:
            self._count = self._ids = 0
            self._typed = []
            try:
                root = make()
            except _TooLargeError as error:
                reason = error
            except RecursionError:
                raise NoExampleError("the schema is nested too deep") from None
            except BROKEN as broken:
                raise NoExampleError(f"the schema is not understood: {broken}") from None
            else:
                return self._with_prefixes(root)
        raise reason or NoExampleError("no message can be made")

    def _element(self, declared: XsdElement, above: tuple[XsdType, ...], depth: int) -> etree._Element:
        if declared.abstract:
            for each in self._schemas.substitutes(declared):
                try:
                    return self._element(each, above, depth)
                except _TooLargeError:
                    raise
                except NoExampleError:
                    continue
            raise NoExampleError(f"nothing stands for the abstract element {declared.local_name}")
        named = declared.fixed if declared.fixed is not None else declared.default
        if named is not None and not declared.type.has_complex_content():
            made = self._counted(declared.name)
            made.text = named
            self._put_attributes(made, declared.type)
            return made
        return self._with_content(declared.name, declared.type, above, depth)

    def _counted(self, name: str) -> etree._Element:
        self._count += 1
        if self._count > self._most:
            raise _TooLargeError("the schema leads to too many elements")
        try:
            return etree.Element(name)
        except ValueError:
            raise NoExampleError(f"{name} is no name of an element") from None

    def _with_content(
        self, name: str, kind: XsdType, above: tuple[XsdType, ...], depth: int
    ) -> etree._Element:
        if depth > _DEEPEST or kind in above:
            raise NoExampleError(f"the element {etree.QName(name).localname} contains itself without end")
        made = self._counted(name)
        if getattr(kind, "abstract", False):
            kind = self._concrete(made, kind)
        if kind.is_simple():
            made.text = self._text(kind)
            return made
        self._put_attributes(made, kind)
        content = getattr(kind, "content", None)
        if kind.has_simple_content():
            made.text = self._text(content)
        elif isinstance(content, XsdGroup):
            made.extend(self._particles(content, (*above, kind), depth + 1))
        return made

    def _concrete(self, made: etree._Element, kind: XsdType) -> XsdType:
        """Return the first type that may stand for an abstract one, and name it in ``xsi:type``."""
        for each in self._schemas.derived(kind):
            self._typed.append((made, etree.QName(str(each.name))))
            return each
        raise NoExampleError(f"nothing is derived of the abstract type {kind.local_name}")

    def _put_attributes(self, made: etree._Element, kind: XsdType) -> None:
        attributes = getattr(kind, "attributes", None) or {}
        for name, attribute in attributes.items():
            if name is None or not isinstance(attribute, XsdAttribute):
                continue
            if attribute.use == "required":
                named = attribute.fixed if attribute.fixed is not None else attribute.default
                made.set(name, named if named is not None else self._text(attribute.type))

    def _text(self, kind: Any) -> str:
        name = kind.root_type.local_name if kind.is_list() else kind.local_name
        if name in ("ID", "IDREF"):
            self._ids += name == "ID"
            return f"id{max(self._ids, 1)}"
        return text_of_type(kind)

    def _particles(self, group: XsdGroup, above: tuple[XsdType, ...], depth: int) -> Iterator[etree._Element]:
        if depth > _DEEPEST:
            raise NoExampleError("the groups of the schema lead to each other without end")
        if group.model == "choice":
            yield from self._chosen(group, above, depth)
            return
        for each in group:
            yield from self._repeated(each, above, depth)

    def _chosen(self, group: XsdGroup, above: tuple[XsdType, ...], depth: int) -> list[etree._Element]:
        """Return the elements of the first alternative of a choice of which there is a message."""
        reason: NoExampleError | None = None
        for each in group:
            try:
                return list(self._repeated(each, above, depth, is_wanted=True))
            except _TooLargeError:
                raise
            except NoExampleError as error:
                reason = reason or error
        if reason:
            raise reason
        return []

    def _repeated(
        self, particle: Any, above: tuple[XsdType, ...], depth: int, *, is_wanted: bool = False
    ) -> Iterator[etree._Element]:
        """Yield the elements of a particle as often as it has to be there, or once where it may be."""
        least = particle.min_occurs
        if least > _MOST_OF_ONE:
            raise NoExampleError(f"the schema wants an element more than {_MOST_OF_ONE} times")
        is_optional = least == 0
        if is_optional and (particle.max_occurs == 0 or (depth > self._full_to and not is_wanted)):
            return
        for _ in range(max(least, 1)):
            try:
                yield from list(self._one(particle, above, depth))
            except _TooLargeError:
                raise
            except NoExampleError:
                if is_optional:
                    return
                raise

    def _one(self, particle: Any, above: tuple[XsdType, ...], depth: int) -> Iterator[etree._Element]:
        if isinstance(particle, XsdGroup):
            yield from self._particles(particle, above, depth + 1)
        elif isinstance(particle, XsdAnyElement):
            if particle.min_occurs:
                if particle.process_contents == "strict":
                    raise NoExampleError("the schema wants any element of another schema")
                is_local = particle.is_matching("any")
                yield self._counted("any" if is_local else _ANY)
        else:
            yield self._element(particle, above, depth)

    def _with_prefixes(self, root: etree._Element) -> etree._Element:
        """Return an element whose namespaces are declared once, at its top, as n0, n1 and so on."""
        names = [etree.QName(name) for each in root.iter() for name in (each.tag, *each.attrib)]
        used = dict.fromkeys(name.namespace for name in (*names, *(kind for _, kind in self._typed)))
        prefixes = {
            namespace: f"n{number}"
            for number, namespace in enumerate(each for each in used if each and each != _XML)
        }
        if self._typed:
            prefixes[_XSI] = "xsi"
        for element, kind in self._typed:
            prefix = f"{prefixes[kind.namespace]}:" if kind.namespace else ""
            element.set(f"{{{_XSI}}}type", f"{prefix}{kind.localname}")
        declared = {prefix: namespace for namespace, prefix in prefixes.items()}
        top = etree.Element(root.tag, dict(root.attrib), declared)
        top.text = root.text
        top.extend(list(root))
        etree.cleanup_namespaces(top, keep_ns_prefixes=list(declared))
        etree.indent(top)
        return top
