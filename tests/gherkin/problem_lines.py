"""The problems of a feature file as its reader is told them."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from pytest_iflow.errors import FeatureFileError
from pytest_iflow.gherkin.feature_file import read_feature_file

NAME = "features/x.feature"


def problems_of(folder: Path, text: str) -> list[str]:
    """Return the lines of the message about a feature file, none if it can be collected."""
    path = folder / "x.feature"
    path.write_text(dedent(text).strip() + "\n", encoding="utf-8")
    try:
        read_feature_file(path, NAME)
    except FeatureFileError as error:
        return error.what.splitlines()
    return []
