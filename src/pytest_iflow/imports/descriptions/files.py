"""Files that describe interfaces, read within bounds: no entities, no aliases, nothing of the network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from pytest_iflow.errors import ConfigurationError, reason_of
from pytest_iflow.imports.kinds import Request
from pytest_iflow.imports.yaml_source import yaml_errors, yaml_events
from pytest_iflow.secrets.registry import register_secret
from pytest_iflow.tenants.suite_files import LARGEST, decode_text, read_regular

LARGEST_DESCRIPTION = 50_000_000
"""Bytes of a description in JSON or XML; one in YAML, which is read slowly, has ``LARGEST`` at the most."""


def source_of(request: Request, what: str) -> Path:
    """Return the file that is to be imported; raises ConfigurationError where none is named."""
    if request.source is None:
        raise ConfigurationError(f"No file is named: {what} is needed.", remedy="Name it behind the kind.")
    return request.source


def read_description(path: Path) -> bytes:
    """Return the bytes of a description; raises ConfigurationError where it is too large or unreadable."""
    try:
        if path.stat().st_size > LARGEST_DESCRIPTION:
            raise ConfigurationError(
                f"The file is larger than {LARGEST_DESCRIPTION // 1_000_000} MB.",
                where=str(path),
                remedy="Import a part of it: a description with fewer operations.",
            )
        return read_regular(path)
    except OSError as error:
        raise ConfigurationError(
            f"The file cannot be read: {reason_of(error)}.",
            where=str(path),
            remedy="Check the path and that you may read it.",
        ) from None


def parsed_document(data: bytes, path: Path) -> Any:
    """Return what a file in JSON or YAML holds; raises ConfigurationError for what is neither."""
    text = decode_text(data, path)
    if text.lstrip()[:1] in {"{", "["}:
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            where = f"{path}, line {error.lineno}, column {error.colno}"
            raise ConfigurationError(f"This is no JSON: {error.msg}.", where=where) from None
        except (ValueError, RecursionError) as error:
            what = f"This JSON cannot be read: {str(error) or 'it is nested too deep'}."
            raise ConfigurationError(what, where=str(path)) from None
    if len(data) > LARGEST:
        raise ConfigurationError(
            f"The file is larger than {LARGEST // 1_000_000} MB, and no JSON.",
            where=str(path),
            remedy="Convert it to JSON: that is read up to 50 MB.",
        )
    return _parsed_yaml(text, path)


def _parsed_yaml(text: str, path: Path) -> Any:
    for _ in yaml_events(text, path):
        pass
    with yaml_errors(path):
        import yaml

        base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        loader = type("Loader", (base,), {"yaml_implicit_resolvers": _resolvers(base)})
        return yaml.load(text, Loader=loader)  # noqa: S506, a safe loader with fewer types


def _resolvers(base: Any) -> Any:
    """The types that a value without quotes may have, without dates: these are texts in JSON."""
    return {
        first: [(tag, pattern) for tag, pattern in pairs if not tag.endswith(":timestamp")]
        for first, pairs in base.yaml_implicit_resolvers.items()
    }


def register_passwords(document: Any) -> None:
    """Have passwords that a description has as examples masked.

    They are those of schemas with ``format: password``, and what whole examples have for such a property.
    """
    parts = list(_tables(document))
    names = set()
    for part in parts:
        if part.get("format") == "password":
            for value in (part.get("example"), part.get("default"), *_list(part.get("examples"))):
                _register_text(value)
        properties = part.get("properties")
        if isinstance(properties, dict):
            names |= {
                name
                for name, schema in properties.items()
                if isinstance(schema, dict) and schema.get("format") == "password"
            }
    for part in parts:
        for name in names & part.keys():
            _register_text(part[name])


def _tables(document: Any) -> Iterator[dict[str, Any]]:
    waiting, seen = [document], set()
    while waiting:
        part = waiting.pop()
        if not isinstance(part, dict | list) or id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, dict):
            yield part
            waiting += part.values()
        else:
            waiting += part


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _register_text(value: Any) -> None:
    if isinstance(value, str):
        register_secret(value)


def parsed_xml(data: bytes, where: str) -> etree._Element:
    """Return the root of XML; raises ConfigurationError for what is none, or has a document type.

    Entities are declared in a document type only, so that there is nothing to be expanded or fetched.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ConfigurationError(f"This is no well-formed XML: {error}.", where=where) from None
    if root.getroottree().docinfo.doctype:
        raise ConfigurationError(
            "The XML has a document type (DOCTYPE), which is not read here.",
            where=where,
            remedy="Remove it: no description of an interface needs one.",
        )
    return root
