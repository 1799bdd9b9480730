"""Golden messages: the answer that was once found good, kept as a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pytest_iflow.checks.body import too_deep
from pytest_iflow.checks.document import Document, parse_document
from pytest_iflow.checks.golden_json import json_differences
from pytest_iflow.checks.golden_xml import xml_differences
from pytest_iflow.checks.quoting import listed
from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.tenants.suite_files import read_regular


def expect_golden(document: Document, path: Path, read: Callable[[Path], bytes] = read_regular) -> None:
    """Raise CheckError with every difference between a message and the golden message in a file.

    JSON: the order of members is free, that of items counts, numbers are equal by value. XML: the order
    of attributes, prefixes, comments and blanks between elements are free. ConfigurationError if the file is
    missing or broken, and what ``read`` raises.
    """
    golden = _read(path, read)
    if golden.kind != document.kind:
        raise CheckError(
            f"{document.subject} is {document.kind.upper()}, but its golden message is {golden.kind.upper()}",
            where=str(path),
            remedy="Name the golden message of this variant of the flow.",
        )
    differences = json_differences if golden.kind == "json" else xml_differences
    try:
        found = differences(golden.value, document.value)
    except RecursionError:
        raise too_deep(document.subject) from None
    if found:
        count = f"{len(found)} difference" + ("s" if len(found) > 1 else "")
        raise CheckError(
            f"{document.subject} differs from the golden message {path.name}, {count}:{listed(found)}",
            where=str(path),
            remedy="If the answer is right, save it as the golden message; if not, correct the flow.",
        )


def _read(path: Path, read: Callable[[Path], bytes]) -> Document:
    try:
        return parse_document(read(path), None, f"The golden message {path.name}")
    except FileNotFoundError:
        raise ConfigurationError(
            f"There is no golden message {path.name}",
            where=str(path),
            remedy="Save an answer that was found good under this name, or correct the name.",
        ) from None
    except OSError as error:
        raise ConfigurationError(f"{path.name} cannot be read: {error}", where=str(path)) from None
    except CheckError as error:
        place = f"{path}, {error.where}" if error.where else str(path)
        raise ConfigurationError(error.what, where=place, remedy="Correct the file.") from None
