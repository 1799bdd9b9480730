"""References to facts about the wire, such as ``wire-facts 4.3``, lead somewhere in docs/wire-facts.md."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
FACTS = ROOT / "docs" / "wire-facts.md"
REFERENCE = re.compile(r"wire-facts (?P<sections>\d+(?:\.\d+)?(?:(?:, | and )\d+\.\d+)*)")
ROWS = "6"
"""The section that is a table: 6.13 is its row 13."""


def known_sections() -> set[str]:
    """Return the numbers of all headings, and of the rows of the table."""
    text = FACTS.read_text(encoding="utf-8")
    headings = set(re.findall(r"^#+ (\d+(?:\.\d+)?)\.? ", text, re.MULTILINE))
    table = re.split(rf"^# {ROWS}\. ", text, flags=re.MULTILINE)[1].partition("\n# ")[0]
    return headings | {f"{ROWS}.{number}" for number in re.findall(r"^\| ?(\d+) ?\|", table, re.MULTILINE)}


def test_each_section_that_is_named_exists() -> None:
    """In the code, in tests and in documents."""
    known = known_sections()
    assert {"4.3", "6.1", "7"} <= known
    missing, found = [], 0
    for folder, pattern in (
        ("src", "*.py"),
        ("src", "*.toml"),
        ("steps", "*.py"),
        ("tests", "*.py"),
        ("docs", "*"),
    ):
        for file in sorted((ROOT / folder).rglob(pattern)):
            if not file.is_file() or file in {FACTS, Path(__file__)}:
                continue
            for reference in REFERENCE.finditer(file.read_text(encoding="utf-8")):
                found += 1
                sections = re.findall(r"\d+(?:\.\d+)?", reference["sections"])
                missing += [f"{file.relative_to(ROOT)}: {each}" for each in sections if each not in known]
    assert missing == []
    assert found > 100
