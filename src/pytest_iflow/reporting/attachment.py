"""What a step carries below its line, as attachments: the data table and the doc string."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import Any

from allure_commons.types import AttachmentType
from pytest_bdd.parser import Step


@dataclass(frozen=True, slots=True)
class Attachment:
    """A named text with its type."""

    name: str
    text: str
    type: Any


def step_attachments(step: Step) -> list[Attachment]:
    """Return the data table of ``step`` as CSV and its doc string as JSON, XML or text."""
    found = []
    if step.datatable is not None:
        text = io.StringIO()
        csv.writer(text).writerows(step.datatable.raw())
        found.append(Attachment("data table", text.getvalue(), AttachmentType.CSV))
    if step.docstring is not None:
        found.append(Attachment("doc string", step.docstring, _text_type(step.docstring)))
    return found


def _text_type(text: str) -> Any:
    if text.lstrip().startswith("<"):
        return AttachmentType.XML
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return AttachmentType.TEXT
    return AttachmentType.JSON
