"""``acceptance.html``: the record on a page that is one file, asks nothing of any host, and prints well."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from pytest_iflow.acceptance.layout import Paper
from pytest_iflow.results.files import replace_text


def write_page(paper: Paper, path: Path) -> None:
    """Write the paper as HTML; raises OSError."""
    replace_text(path, _template().render(paper=paper))


@cache
def _template() -> Template:
    return Environment(
        loader=PackageLoader("pytest_iflow", "acceptance"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template("acceptance.html")
