"""The documents refer to what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [page for kind in ("*", "docs/*", "ci/*", "examples/**/*") for page in ROOT.glob(f"{kind}.md")]


def headings(page: Path) -> set[str]:
    """Return the names by which links reach the headings of a page, as GitHub and GitLab make them."""
    found = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).strip().replace(" ", "-") for each in found}


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_to_files_and_headings(page: Path) -> None:
    """Files from the page on, headings of this page or of another one."""
    missing = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        name, _, heading = target.partition("#")
        if target.startswith(("https://", "http://")):
            continue
        file = page.parent / name if name else page
        if not file.exists() or (heading and heading not in headings(file)):
            missing.append(target)
    assert missing == []


def test_every_page_is_reached_from_the_readme() -> None:
    """At most by way of one other page."""
    direct = set(re.findall(r"\]\(docs/([\w-]+\.md)", (ROOT / "README.md").read_text(encoding="utf-8")))
    further = {
        target
        for name in direct
        for target in re.findall(r"\]\(([\w-]+\.md)", (ROOT / "docs" / name).read_text(encoding="utf-8"))
    }
    assert {path.name for path in ROOT.glob("docs/*.md")} == direct | further
