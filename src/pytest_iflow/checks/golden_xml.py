"""How XML differs from a golden message, by the rules beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from lxml.etree import QName, _Element

from pytest_iflow.checks.alignment import Comparison, Rules, without_common_ends
from pytest_iflow.checks.document import Document
from pytest_iflow.checks.golden_rules import Rule
from pytest_iflow.checks.golden_value import NOTHING, Difference, rule_of, ruled_identity, value_difference
from pytest_iflow.checks.quoting import quoted, tell_apart, twin_note
from pytest_iflow.checks.xpath import check_xpath, element_path, is_xpath, nodes_at
from pytest_iflow.errors import ConfigurationError

_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


def check_xpath_of_rule(path: str) -> None:
    """Raise ConfigurationError for what is no XPath to elements and attributes."""
    if not is_xpath(path) or not path.startswith(("/", "(")):
        raise ConfigurationError(
            f"{path!r} is no XPath to elements or attributes, and the golden message is XML",
            remedy="Such an XPath begins with /, as in /Order/Item[1]/Price, //Header/@id or //Price.",
        )
    check_xpath(path)


@dataclass(slots=True)
class _Ruled:
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
        for document in (golden, found):
            self._resolve(document)
        yield from self._element(golden.value, found.value)

    def _resolve(self, document: Document) -> None:
        for rule in self._rules:
            for element, attribute in nodes_at(document.value, rule.path, document.namespaces):
                self.used.add(rule)
                ruled = self._ruled.setdefault(element, _Ruled())
                rules = ruled.rules if attribute is None else ruled.attributes.setdefault(attribute, [])
                rules.append(rule)

    def _rules_of(self, *elements: _Element) -> list[Rule]:
        ruled = (self._ruled.get(element) for element in elements)
        return list(dict.fromkeys(rule for each in ruled if each for rule in each.rules))

    def _element(self, golden: _Element, found: _Element) -> Iterator[Difference]:
        rules = self._rules_of(golden, found) if self._ruled else []
        if rules and rule_of(rules, "ignore"):
            return
        if golden.tag != found.tag:

            def said() -> str:
                expected, actual = (each.replace('"', "") for each in tell_apart(golden.tag, found.tag))
                return f"expected the element {expected}, found {actual}"

            yield Difference(_place(found), said)
            return
        yield from self._attributes(golden, found)
        if rules and rule_of(rules, "mask"):
            yield from _text(_place(found), rules, "".join(golden.itertext()), "".join(found.itertext()))
            return
        expected, actual = self._children(golden), self._children(found)
        texts, found_texts = _texts(golden, expected), _texts(found, actual)
        any_order = rule_of(rules, "any-order")
        if any_order is None and [child.tag for child in expected] == [child.tag for child in actual]:
            for number, pair in enumerate(zip(texts, found_texts, strict=True)):
                yield from _text(_place_of_text(found, actual, number), rules, *pair)
            for child, other in zip(expected, actual, strict=True):
                yield from self._element(child, other)
            return
        yield from _text(_place(found), rules, "".join(texts), "".join(found_texts))
        if any_order is None:
            yield from self._in_order(found, expected, actual)
        elif any_order.key:
            yield from self._keyed(found, expected, actual, any_order.key)
        else:
            yield from self._unordered(found, expected, actual)

    def _attributes(self, golden: _Element, found: _Element) -> Iterator[Difference]:
        if not golden.attrib and not found.attrib:
            return
        ruled = [self._ruled.get(each) for each in (golden, found)] if self._ruled else []
        for name in sorted(map(str, {*golden.attrib, *found.attrib})):
            rules = [rule for each in ruled if each for rule in each.attributes.get(name, ())]
            pair = _attribute(golden, name), _attribute(found, name)
            yield from _text(_place(found, f"/@{QName(name).localname}"), rules, *pair)

    def _children(self, element: _Element) -> list[_Element]:
        if not self._ruled:
            return list(element)
        return [child for child in element if not rule_of(self._rules_of(child), "ignore")]

    def _fits(self, golden: _Element, found: _Element) -> bool:
        return next(self._element(golden, found), None) is None

    def _in_order(
        self, parent: _Element, golden: list[_Element], found: list[_Element]
    ) -> Iterator[Difference]:
        """Pair equal children first, then those of the same name between them."""
        start, end = without_common_ends(golden, found, self._fits)
        golden, found = golden[start : len(golden) - end], found[start : len(found) - end]
        for ours, theirs in _changed([*map(self._identity, golden)], [*map(self._identity, found)]):
            expected, actual = golden[ours], found[theirs]
            names = [child.tag for child in expected], [child.tag for child in actual]
            matcher = SequenceMatcher(None, *names)
            for kind, first, last, found_first, found_last in matcher.get_opcodes():
                missing, surplus = expected[first:last], actual[found_first:found_last]
                if kind == "equal":
                    for pair in zip(missing, surplus, strict=True):
                        yield from self._element(*pair)
                else:
                    yield from (_missing(parent, child) for child in missing)
                    yield from (_surplus(child, missing) for child in surplus)

    def _keyed(
        self, parent: _Element, golden: list[_Element], found: list[_Element], key: str
    ) -> Iterator[Difference]:
        """Pair children of the same name and key; those of one key stand in their order."""
        waiting: dict[Hashable, list[_Element]] = {}
        for child in reversed(found):
            waiting.setdefault((child.tag, _key_of(child, key)), []).append(child)
        for child in golden:
            value = _key_of(child, key)
            if partners := waiting.get((child.tag, value)):
                yield from self._element(child, partners.pop())
            else:
                yield _missing(parent, child, "" if value is None else f" with {key} {quoted(value)}")
        left = {child for children in waiting.values() for child in children}
        yield from (_surplus(child, []) for child in found if child in left)

    def _unordered(
        self, parent: _Element, golden: list[_Element], found: list[_Element]
    ) -> Iterator[Difference]:
        """Pair children that do not differ; of the others, those that differ least."""

        def fits(one: _Element, other: _Element) -> bool:
            self._any_order.count_one()
            return self._fits(one, other)

        def differences(number: int, index: int) -> list[Difference]:
            self._any_order.count_one()
            return list(self._element(golden[number], found[index]))

        alignment = self._any_order.align(golden, found, fits, self._identity)
        for number, index in self._any_order.pairs(alignment, lambda *pair: [*map(str, differences(*pair))]):
            if number is not None and index is not None and golden[number].tag == found[index].tag:
                yield from differences(number, index)
                continue
            if number is not None:
                yield _missing(parent, golden[number])
            if index is not None:
                yield _surplus(found[index], [])

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
        children = self._children(element)
        within: Hashable = tuple(map(self._identity, children))
        if rule_of(rules, "any-order"):
            within = frozenset(Counter(map(self._identity, children)).items())
        texts = tuple(ruled_identity(rules, text) for text in _texts(element, children))
        return element.tag, attributes, texts, within


def _changed(golden: list[Hashable], found: list[Hashable]) -> Iterator[tuple[slice, slice]]:
    for kind, first, last, found_first, found_last in SequenceMatcher(None, golden, found).get_opcodes():
        if kind != "equal":
            yield slice(first, last), slice(found_first, found_last)


def _place(element: _Element, more: str = "") -> Callable[[], str]:
    return lambda: f"{element_path(element)}{more}"


def _place_of_text(element: _Element, children: Sequence[_Element], number: int) -> Callable[[], str]:
    def place() -> str:
        where = f", text before {element_path(children[number])}" if number < len(children) else ""
        if number == len(children) and number:
            where = f", text after {element_path(children[number - 1])}"
        return f"{element_path(element)}{where}"

    return place


def _text(place: Callable[[], str], rules: Sequence[Rule], golden: Any, found: Any) -> Iterator[Difference]:
    if golden != found or rule_of(rules, "mask"):
        difference = value_difference(place, rules, golden, found)
        if difference:
            yield difference


def _missing(parent: _Element, golden: _Element, key: str = "") -> Difference:
    return Difference(
        _place(parent),
        lambda: f"expected the element {golden.tag!s}{key} (there {element_path(golden)}), found nothing",
    )


def _surplus(found: _Element, missing: Sequence[_Element]) -> Difference:
    def said() -> str:
        return f"this element is not expected{twin_note(str(found.tag), [str(each.tag) for each in missing])}"

    return Difference(_place(found), said)


def _texts(element: _Element, children: Sequence[_Element]) -> list[str]:
    """The text before each of the children and after the last one; blanks between elements are none."""
    pieces, kept = [element.text or ""], 0
    for child in element:
        if kept < len(children) and child is children[kept]:
            pieces.append("")
            kept += 1
        pieces[-1] += child.tail or ""
    return [piece if piece.strip() or len(element) == 0 else "" for piece in pieces]


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
