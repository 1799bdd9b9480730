"""How XML differs from a golden message, by the rules beside it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any

from lxml.etree import QName, _Element
from msgspec import Struct, field
from msgspec.structs import replace

from pytest_iflow.checks.alignment import Comparison, Rules
from pytest_iflow.checks.document import Document
from pytest_iflow.checks.element_path import element_path
from pytest_iflow.checks.golden_rules import Rule
from pytest_iflow.checks.golden_value import (
    NOTHING,
    Difference,
    Place,
    rule_of,
    ruled_identity,
    value_difference,
)
from pytest_iflow.checks.pairing import in_pairs
from pytest_iflow.checks.quoting import quoted, tell_apart, twin_note
from pytest_iflow.checks.side_by_side import NO_VALUE
from pytest_iflow.checks.xpath import check_xpath, is_xpath, nodes_at, prefixes
from pytest_iflow.errors import ConfigurationError

_Pair = tuple[_Element | None, _Element | None]
_NUMBER = re.compile(r"\[\d+\]")
_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


def check_xpath_of_rule(path: str) -> None:
    """Raise ConfigurationError for what is no XPath to elements and attributes."""
    if not is_xpath(path) or not path.startswith(("/", "(")):
        raise ConfigurationError(
            f"{path!r} is no XPath to elements or attributes, and the golden message is XML",
            remedy="Such an XPath begins with /, as in /Order/Item[1]/Price, //Header/@id or //Price.",
        )
    check_xpath(path)


class _Ruled(Struct):
    """The rules for an element, and those for its attributes."""

    rules: list[Rule] = field(default_factory=list)
    attributes: dict[str, list[Rule]] = field(default_factory=dict)


class XmlGolden:
    """Compares one answer with a golden message; ``used`` are the rules that fit something in either.

    The order of elements counts, and where text stands among them. The order of attributes, the choice of
    prefixes (that of ``xsi:type``, too), CDATA sections, and blanks between elements do not.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._any_order = Comparison(Rules(True, True, lambda _: None))
        self._ruled: dict[_Element, _Ruled] = {}
        self.used: set[Rule] = set()

    def differences(self, golden: Document, found: Document) -> Iterator[Difference]:
        """Yield each difference with its path, in the order of the messages."""
        self.resolve(golden, found)
        yield from self._element(golden.value, found.value)

    def resolve(self, golden: Document, found: Document) -> None:
        """Find what the rules are about in both messages; a prefix of either one is known in both."""
        known: dict[str, str] = {}
        for document in (found, golden) if any(":" in rule.path for rule in self._rules) else ():
            known |= {
                prefix: min(uris) for prefix, uris in prefixes(document.value).items() if len(uris) == 1
            }
        for document in (golden, found):
            declared = {**known, **document.namespaces}
            for rule in self._rules:
                for element, attribute in nodes_at(document.value, rule.path, declared):
                    self.used.add(rule)
                    ruled = self._ruled.setdefault(element, _Ruled())
                    rules = ruled.rules if attribute is None else ruled.attributes.setdefault(attribute, [])
                    rules.append(rule)

    def rules_of(self, *elements: _Element) -> list[Rule]:
        """Return the rules for one of the elements."""
        ruled = (self._ruled.get(element) for element in elements)
        return list(dict.fromkeys(rule for each in ruled if each for rule in each.rules))

    def rules_of_attribute(self, name: str, *elements: _Element) -> list[Rule]:
        """Return the rules for an attribute of one of the elements."""
        ruled = (self._ruled.get(element) for element in elements)
        return list(dict.fromkeys(rule for each in ruled if each for rule in each.attributes.get(name, ())))

    def _element(self, golden: _Element, found: _Element) -> Iterator[Difference]:
        rules = self.rules_of(golden, found) if self._ruled else []
        if rules and rule_of(rules, "ignore"):
            return
        if golden.tag != found.tag:

            def sides() -> tuple[str, str]:
                expected, actual = (each.replace('"', "") for each in tell_apart(golden.tag, found.tag))
                return f"the element {expected}", f"the element {actual}"

            yield Difference(_place(found), sides)
            return
        yield from self._attributes(golden, found)
        if rules and rule_of(rules, "mask"):
            yield from _text(_place(found), rules, "".join(golden.itertext()), "".join(found.itertext()))
            return
        yield from self._content(golden, found, rules)

    def _content(self, golden: _Element, found: _Element, rules: list[Rule]) -> Iterator[Difference]:
        expected, actual = self.children(golden), self.children(found)
        texts, found_texts = _texts(golden, expected), _texts(found, actual)
        any_order = rule_of(rules, "any-order")
        if any_order is None and [child.tag for child in expected] == [child.tag for child in actual]:
            for number, pair in enumerate(zip(texts, found_texts, strict=True)):
                yield from _text(_place_of_text(found, actual, number), rules, *pair)
            for child, partner in zip(expected, actual, strict=True):
                yield from self._element(child, partner)
            return
        yield from _text(_place(found), rules, "".join(texts), "".join(found_texts))
        for one, other in self.pairs(expected, actual, any_order):
            if one is not None and other is not None:
                yield from self._element(one, other)
            elif one is not None:
                yield _missing(found, one, any_order)
            elif other is not None:
                yield _surplus(other, expected if any_order is None else ())

    def _attributes(self, golden: _Element, found: _Element) -> Iterator[Difference]:
        if not golden.attrib and not found.attrib:
            return
        for name in sorted(map(str, {*golden.attrib, *found.attrib})):
            rules = self.rules_of_attribute(name, golden, found) if self._ruled else []
            pair = _attribute(golden, name), _attribute(found, name)
            yield from _text(_place(found, f"/@{QName(name).localname}"), rules, *pair)

    def children(self, element: _Element) -> list[_Element]:
        """Return the elements within one, without those that are ignored."""
        if not self._ruled:
            return list(element)
        return [child for child in element if not rule_of(self.rules_of(child), "ignore")]

    def pairs(self, golden: list[_Element], found: list[_Element], any_order: Rule | None) -> Iterator[_Pair]:
        """Yield the elements of one name that belong together; None for what is not in the other message."""
        if any_order is None:
            return self._in_order(golden, found)
        if any_order.key is None:
            return self._unordered(golden, found)
        return _by_key(golden, found, any_order.key)

    def _in_order(self, golden: list[_Element], found: list[_Element]) -> Iterator[_Pair]:
        return in_pairs(golden, found, self.fits, self._identity, attrgetter("tag"))

    def _unordered(self, golden: list[_Element], found: list[_Element]) -> Iterator[_Pair]:
        """Pair elements that do not differ; of the others, those that differ least."""

        def fits(one: _Element, other: _Element) -> bool:
            self._any_order.count_one()
            return self.fits(one, other)

        def differences(number: int, index: int) -> list[str]:
            self._any_order.count_one()
            return ["" for _ in self._element(golden[number], found[index])]

        alignment = self._any_order.align(golden, found, fits, self._identity)
        for number, index in self._any_order.pairs(alignment, differences):
            one = None if number is None else golden[number]
            other = None if index is None else found[index]
            if one is not None and other is not None and one.tag != other.tag:
                yield from ((one, None), (None, other))
            else:
                yield one, other

    def fits(self, golden: _Element, found: _Element) -> bool:
        """Tell whether two elements do not differ."""
        return next(self._element(golden, found), None) is None

    def _identity(self, element: _Element) -> Hashable:
        """Return the same for elements that do not differ by the rules."""
        ruled = self._ruled.get(element)
        rules = ruled.rules if ruled else []
        if any(rule_of(rules, kind) for kind in ("ignore", "mask", "tolerance")):
            return str(element.tag)
        of_attributes = ruled.attributes if ruled else {}
        attributes = frozenset(
            (name, ruled_identity(of_attributes.get(str(name), ()), _attribute(element, name)))
            for name in element.attrib
            if not rule_of(of_attributes.get(str(name), ()), "ignore")
        )
        children = self.children(element)
        within: Hashable = tuple(map(self._identity, children))
        if rule_of(rules, "any-order"):
            within = frozenset(Counter(map(self._identity, children)).items())
        texts = tuple(ruled_identity(rules, text) for text in _texts(element, children))
        return element.tag, attributes, texts, within


def _by_key(golden: list[_Element], found: list[_Element], key: str) -> Iterator[_Pair]:
    """Pair elements of the same name and key; those of one key stand in their order."""
    waiting: dict[Hashable, list[_Element]] = {}
    for child in reversed(found):
        waiting.setdefault((child.tag, _key_of(child, key)), []).append(child)
    for child in golden:
        partners = waiting.get((child.tag, _key_of(child, key)))
        yield child, partners.pop() if partners else None
    left = set(chain.from_iterable(waiting.values()))
    yield from ((None, child) for child in found if child in left)


def _place(element: _Element, more: str = "") -> Place:
    return Place(lambda: f"{element_path(element)}{more}", lambda: f"{_path_of_all(element)}{more}")


def _path_of_all(element: _Element) -> str:
    """Return the XPath to all elements of such a place; empty for the whole message."""
    return "" if element.getparent() is None else _NUMBER.sub("", element_path(element))


def _place_of_text(element: _Element, children: Sequence[_Element], number: int) -> Place:
    def place() -> str:
        where = f", text before {element_path(children[number])}" if number < len(children) else ""
        if number == len(children) and number:
            where = f", text after {element_path(children[number - 1])}"
        return f"{element_path(element)}{where}"

    return Place(place, lambda: _path_of_all(element))


def _text(place: Place, rules: Sequence[Rule], golden: Any, found: Any) -> Iterator[Difference]:
    if golden != found or rule_of(rules, "mask"):
        difference = value_difference(place, rules, golden, found)
        if difference:
            yield difference


def _missing(parent: _Element, golden: _Element, any_order: Rule | None) -> Difference:
    def sides() -> tuple[str, str]:
        key = any_order.key if any_order else None
        value = _key_of(golden, key) if key else None
        which = "" if value is None else f" with {key} {quoted(value)}"
        return f"the element {golden.tag!s}{which} (there {element_path(golden)})", NO_VALUE

    # The one that is missing stands in the golden message, where its path leads to it.
    return Difference(replace(_place(parent), path=lambda: _path_of_all(golden)), sides)


def _surplus(found: _Element, expected: Sequence[_Element]) -> Difference:
    def sides() -> tuple[str, str]:
        twin = twin_note(str(found.tag), {str(each.tag) for each in expected})
        return NO_VALUE, f"this element{twin}"

    return Difference(_place(found), sides)


def _texts(element: _Element, children: Sequence[_Element]) -> list[str]:
    """The text before each of the children and after the last one; blanks between elements are none."""
    pieces, kept = [element.text or ""], 0
    for child in element:
        if kept < len(children) and child is children[kept]:
            pieces.append("")
            kept += 1
        pieces[-1] += child.tail or ""
    is_leaf = len(element) == 0  # lxml counts them one by one
    return [piece if is_leaf or piece.strip() else "" for piece in pieces]


def _attribute(element: _Element, name: str | bytes) -> Any:
    value = element.get(name)
    if value is not None and name == _XSI_TYPE:
        prefix, _, local = value.strip().rpartition(":")
        return f"{{{element.nsmap.get(prefix or None, '')}}}{local}"
    return NOTHING if value is None else value


def _key_of(element: _Element, key: str) -> str | None:
    """Return the text of an attribute (``@id``) or of an element within, in any namespace."""
    found: _Element | None = element
    *steps, last = key.split("/")
    for step in steps if last.startswith("@") else key.split("/"):
        found = None if found is None else found.find(f"{{*}}{step}")
    if found is None:
        return None
    if not last.startswith("@"):
        return "".join(found.itertext())
    names = (name for name in found.attrib if QName(name).localname == last[1:])
    return next((found.get(name) for name in names), None)
