"""Secrets that are written into a script: texts that are given to a name such as ``clientSecret``."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tree_sitter import Node

from pytest_iflow.imports.scripts.tree import parsed_script, text_of, unescaped

_TEXTS = frozenset({"string", "template_string"})


def secrets_in_script(
    script: str, is_secret_name: Callable[[str], bool], is_secret: Callable[[str], bool]
) -> Iterator[str]:
    """Yield the texts that a name for a secret is given, and those that look like one."""
    if not script.strip():
        return
    waiting = [parsed_script(script)]
    while waiting:
        node = waiting.pop()
        waiting += node.named_children
        if node.type in _TEXTS:
            text = unescaped(node)
            if text and (is_secret(text) or is_secret_name(_name_of(node))):
                yield text


def _name_of(node: Node) -> str:
    """Return the name that a text is given, or the text before it among arguments; empty for none."""
    parent = node.parent
    if parent is None:
        return ""
    for field in ("name", "key", "left"):
        named = parent.child_by_field_name(field)
        if named is not None and named != node:
            return text_of(named).strip("\"'")
    before = node.prev_named_sibling
    return text_of(before).strip("\"'") if before is not None and before.type in _TEXTS else ""
