"""Values for which the condition of a route holds, where its text says so: ``/order/country = 'DE'``.

Nothing is guessed: a condition that is not made of plain comparisons has no values here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pytest_iflow.iflow_model.flow import Flow, Route
from pytest_iflow.iflow_model.xml_reading import rows

_TEXT = r"'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\"|(?P<bare>-?\d+(?:\.\d+)?)"
_LOGIC = re.compile(r"'[^']*'|\"[^\"]*\"|\$\{[^}]*\}|(\s+(?P<word>and|or)\s+|\s*(?P<sign>&&|\|\|)\s*)")
_PATH = r"(?P<name>(?:[\w.:@*-]|/|\(\))+)"
_XPATH = re.compile(rf"{_PATH}\s*(?P<operator>!=|>=|<=|=|>|<)\s*(?:{_TEXT})")
_XPATH_TURNED = re.compile(rf"(?:{_TEXT})\s*(?P<operator>!=|=)\s*{_PATH}")
_XPATH_FUNCTION = re.compile(rf"(?P<operator>contains|starts-with)\(\s*{_PATH}\s*,\s*(?:{_TEXT})\s*\)")
_SIMPLE = re.compile(
    r"\$\{(?:in\.)?(?:headers?|property|exchangeProperty)[.\[]'?(?P<name>[\w.:-]+)'?\]?\}"
    rf"\s*(?P<operator>!=|>=|<=|==?|>|<|contains|starts ?with|ends ?with|in)\s*(?:{_TEXT})",
    re.IGNORECASE,
)
_COMPARED = re.compile(
    r"(?P<operator>(?:[=<>]|\bcontains|\bin)\s*)\$\{(?:in\.)?(?P<kind>headers?|property|exchangeProperty)"
    r"\.(?P<name>[\w.:-]+)\}",
    re.IGNORECASE,
)
_AS_GIVEN = {"=", "==", ">=", "<=", "contains", "starts-with", "startswith", "starts with"}
_AS_GIVEN |= {"endswith", "ends with"}


def constants_of(flow: Flow) -> dict[str, str]:
    """Return headers and properties that content modifiers set to one constant, such as ``property.x``."""
    found: dict[str, set[str]] = {}
    for step in flow.steps():
        for table, kind in (("headerTable", "header"), ("propertyTable", "property")):
            for row in rows(step.properties.get(table, "")) or ():
                is_constant = row.get("Type", "constant").lower() in {"constant", "external parameter"}
                values = found.setdefault(f"{kind}.{row.get('Name', '')}", set())
                values.add(row.get("Value", "") if is_constant else "")
    only = {name: next(iter(values)) for name, values in found.items() if len(values) == 1}
    return {name: value for name, value in only.items() if value and "'" not in value and "$" not in value}


def example_values(route: Route, constants: Mapping[str, str]) -> dict[str, str]:
    """Return a value for each name that the condition of a route compares, so that it holds.

    Names are those of elements, attributes, headers and properties, as columns of an Examples table. Empty
    where the condition is no comparison with a value. Of alternatives the first counts. ``constants``
    are those of the flow, with which a condition may compare.
    """
    found: dict[str, str] = {}
    for term in _first_alternative(_with_constants(route.condition, constants)):
        pair = _pair(term, route.language)
        if pair is None or found.setdefault(*pair) != pair[1]:
            return {}
    return found


def other_values(routes: Sequence[Route], constants: Mapping[str, str]) -> dict[str, str]:
    """Return a value for which none of the conditions holds, each of which has to ask for one same value.

    It is what leads to the default route of a router; empty where that cannot be derived.
    """
    names: set[str] = set()
    values: set[str] = set()
    for route in routes:
        for part in _parts(_with_constants(route.condition, constants)):
            match = _match(part, route.language)
            if match is None or match["operator"].lower() not in {"=", "==", "in"}:
                return {}
            names.add(_name(match["name"]))
            values.update(_value(match).split(","))
    if len(names) != 1:
        return {}
    other = "other"
    while other in values:
        other += "-other"
    return {names.pop(): other}


def _with_constants(condition: str, constants: Mapping[str, str]) -> str:
    """Return a condition with the values of constants in place of what it compares with."""

    def value(found: re.Match[str]) -> str:
        held = constants.get(f"{'header' if found['kind'].startswith('h') else 'property'}.{found['name']}")
        return found[0] if held is None else f"{found['operator']}'{held}'"

    return _COMPARED.sub(value, condition)


def _parts(condition: str) -> list[str]:
    """Return what stands between ``and`` and ``or``."""
    return [text for text, _ in _terms(condition)]


def _first_alternative(condition: str) -> list[str]:
    found = []
    for text, word in _terms(condition):
        found.append(text)
        if word in {"or", "||"}:
            break
    return found


def _terms(condition: str) -> list[tuple[str, str]]:
    """Return each comparison with the word after it."""
    found, start = [], 0
    for match in _LOGIC.finditer(condition):
        word = match["word"] or match["sign"]
        if word:
            found.append((condition[start : match.start()].strip(), word))
            start = match.end()
    return [*found, (condition[start:].strip(), "")]


def _match(term: str, language: str) -> re.Match[str] | None:
    if language == "xpath":
        patterns = (_XPATH, _XPATH_TURNED, _XPATH_FUNCTION)
        return next((found for one in patterns if (found := one.fullmatch(term))), None)
    return _SIMPLE.fullmatch(term)


def _pair(term: str, language: str) -> tuple[str, str] | None:
    match = _match(term, language)
    if match is None or not (name := _name(match["name"])):
        return None
    operator, value = match["operator"].lower(), _value(match)
    if operator == "in":
        return name, value.partition(",")[0].strip()
    if operator in _AS_GIVEN:
        return name, value
    if operator == "!=":
        return name, f"not-{value}" if value else "other"
    try:
        return name, f"{float(value) + (1 if operator == '>' else -1):g}"
    except ValueError:
        return None


def _value(match: re.Match[str]) -> str:
    return next(match[name] for name in ("single", "double", "bare") if match[name] is not None)


def _name(path: str) -> str:
    """Return the last name of a path without its prefix."""
    steps = [step for step in path.split("/") if step and not step.endswith("()") and step != "."]
    return steps[-1].rpartition(":")[2].lstrip("@") if steps else ""
