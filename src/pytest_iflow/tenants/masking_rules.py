"""Business data that reports must not show, and recordings must not hold, as a tenant file names them."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from pytest_iflow.tenants.tenant_schema import Violation

MASKING = "masking"
"""Key of the table, of the tenant and of each environment."""

ANONYMISE = "anonymise"
"""Key of another one: what recordings replace beside that."""


class MaskingRules(Struct, frozen=True):
    """What counts as business data.

    ``json`` are JSONPaths and ``xml`` XPaths into bodies, ``headers`` names of HTTP headers in lower case;
    ``patterns`` are regular expressions for texts of any kind.
    """

    json: tuple[str, ...] = ()
    xml: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()


class AnonymiseRules(Struct, frozen=True):
    """What recordings replace by made-up values, beside what they recognise by shape and name.

    ``json``, ``xml`` and ``patterns`` are those of ``MaskingRules``; ``fields`` are names of members,
    elements, columns and parameters, ``keep`` those that stay though their names say that they are personal.
    """

    json: tuple[str, ...] = ()
    xml: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()


def anonymise_rules(masking: MaskingRules, *tables: Mapping[str, Any]) -> AnonymiseRules:
    """Return the rules of several tables together; what reports mask is replaced, too."""
    found = {
        key: tuple(dict.fromkeys(rule for table in tables for rule in table.get(key, ()))) for key in _KEYS
    }
    return AnonymiseRules(
        json=masking.json + found["json"],
        xml=masking.xml + found["xml"],
        patterns=masking.patterns + found["patterns"],
        fields=masking.headers + found["fields"],
        keep=found["keep"],
    )


_KEYS = AnonymiseRules.__struct_fields__


def masking_rules(*tables: Mapping[str, Any]) -> MaskingRules:
    """Return the rules of several tables, those of the tenant and of an environment, together."""

    def every(key: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(rule for table in tables for rule in table.get(key, ())))

    return MaskingRules(
        json=every("json"),
        xml=every("xml"),
        patterns=every("patterns"),
        headers=tuple(name.lower() for name in every("headers")),
    )


def joined(first: MaskingRules, second: MaskingRules) -> MaskingRules:
    """Return the rules of both."""
    return masking_rules(asdict(first), asdict(second))


def masking_violations(document: Mapping[str, Any]) -> Iterator[Violation]:
    """Yield the rules of a tenant file, which may break its schema besides, that cannot be used."""
    environments = document.get("environments")
    tables = {(): document} | {
        ("environments", name): environment
        for name, environment in (environments.items() if isinstance(environments, dict) else ())
    }
    for path, table in tables.items():
        for key in (MASKING, ANONYMISE):
            rules = table.get(key) if isinstance(table, dict) else None
            if isinstance(rules, dict):
                yield from _wrong_rules((*path, key), rules)


def _wrong_rules(path: tuple[str, ...], rules: Mapping[str, Any]) -> Iterator[Violation]:
    for key, wrong in _WRONG.items():
        listed = rules.get(key)
        for rule in listed if isinstance(listed, list) else ():
            if isinstance(rule, str) and (reason := wrong(rule)):
                yield Violation((*path, key), f"{rule!r} {reason}")


_XPATH_FUNCTIONS = (
    "last position count id local-name namespace-uri name string concat starts-with contains "
    "substring-before substring-after substring string-length normalize-space translate boolean not true "
    "false lang number sum floor ceiling round node text comment processing-instruction and or div mod"
)
"""What may stand before a parenthesis in XPath 1.0."""


def _wrong_jsonpath(rule: str) -> str:
    from jsonpath import JSONPathEnvironment, JSONPathError

    try:
        JSONPathEnvironment(strict=True).compile(rule)
    except (JSONPathError, ValueError, ArithmeticError) as error:
        reason = str(error.args[0] if error.args else error)
        return f"is not a valid JSONPath: {reason}; write it as RFC 9535 has it, such as $..iban"
    return ""


def _wrong_xpath(rule: str) -> str:
    from lxml import etree

    wrong = "is not a valid XPath: {}; write it as XPath 1.0 has it, such as //IBAN"
    try:
        query = etree.XPath(rule)
    except (etree.XPathError, ValueError) as error:
        return wrong.format(error)
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", "", query.path)
    if re.search(r"[\w-]+:(?!:)", bare):
        return "has a prefix, which no document need declare; write //*[local-name()='IBAN']"
    # The library finds what follows only in a document that has the element.
    unknown = sorted(set(re.findall(r"([\w.-]+)\s*\(", bare)) - set(_XPATH_FUNCTIONS.split()))
    if unknown:
        return f"calls {unknown[0]}(), which XPath 1.0 does not have"
    if "$" in bare:
        return "names a variable, and there are none"
    try:
        query(etree.Element("a"))
    except etree.XPathError as error:
        return wrong.format(error)
    return ""


def _wrong_pattern(rule: str) -> str:
    try:
        with warnings.catch_warnings(action="ignore"):
            pattern = re.compile(rule)
    except (re.error, ValueError, OverflowError) as error:
        return f"is not a valid regular expression: {error}; between single quotes a backslash stays one"
    if pattern.search("") is not None:
        return "fits the empty text, so it would mask everything; write what the text must hold"
    return ""


def _wrong_header(rule: str) -> str:
    return "" if re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", rule) else "is not the name of an HTTP header"


_WRONG: dict[str, Callable[[str], str]] = {
    "json": _wrong_jsonpath,
    "xml": _wrong_xpath,
    "patterns": _wrong_pattern,
    "headers": _wrong_header,
}
