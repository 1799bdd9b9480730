"""Tags of a feature as marks of pytest, so that ``-m smoke`` selects and ``@skip`` skips.

``@skip`` and ``@skip(reason)`` skip; ``@tenant(local)`` or ``@tenant(local,trial)`` restricts to tenants;
``@safe`` allows a scenario on a protected environment. A tag holds no blanks, so ``_`` stands for one in
a reason. Every other tag is a mark of its name and needs no entry in the pytest configuration. What
follows a bracket or a colon is the argument of the mark: ``@jira:ABC-1`` is selected by ``-m jira``.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest

OF_ALLURE = "allure."
"""How the tags begin that are labels and links of Allure's results, and no marks."""


def apply_tags(item: pytest.Item, tags: Iterable[str], *, tenant: str, only_safe: bool) -> None:
    """Mark ``item`` as its tags say; with ``only_safe`` what is not tagged ``@safe`` is skipped."""
    tags = tuple(tags)
    for tag in tags:
        if tag.startswith(OF_ALLURE):
            continue
        name, text = tag_parts(tag)
        if name == "skip":
            item.add_marker(_skip(text.replace("_", " ") or "tagged @skip"))
            continue
        item.config.addinivalue_line("markers", f"{name}: a tag of a feature file")
        item.add_marker(getattr(pytest.mark, name)(*text.split(",")) if text else getattr(pytest.mark, name))
        if name == "tenant" and tenant not in text.split(","):
            item.add_marker(_skip(f"for tenant {text.replace(',', ' or ')} only"))
    if only_safe and "safe" not in tags:
        item.add_marker(_skip("the environment is protected and the scenario is not tagged @safe"))


def tag_parts(tag: str) -> tuple[str, str]:
    """Return the name of a tag and its argument, empty if there is none."""
    name, _, text = tag.removesuffix(")").replace("(", ":", 1).partition(":")
    return name, text


def _skip(reason: str) -> pytest.MarkDecorator:
    return pytest.mark.skip(reason=reason)
