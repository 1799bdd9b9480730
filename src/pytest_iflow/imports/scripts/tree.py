"""The syntax tree of a script of JavaScript, by tree-sitter: what nodes are made of."""

from __future__ import annotations

import re

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

_LANGUAGE = Language(tree_sitter_javascript.language())
_ESCAPE = re.compile(r"\\(u\{[0-9a-fA-F]+\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\r?\n|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_JS_ONLY = re.compile(r"\[\]|\(\?<[^=!]|\\[pPkc]|\\u\{")
"""What of a regular expression Python does not know, or reads in another way."""
_TWO = 2
"""Arguments of ``reduce``, parameters of its function, names and values of what is set."""


def parsed_script(text: str) -> Node:
    """Return the syntax tree of a script; what cannot be read is in it as an error."""
    return Parser(_LANGUAGE).parse(text.encode("utf-8", "replace")).root_node


def text_of(node: Node | None) -> str:
    """Return a node as it is written."""
    return node.text.decode() if node is not None and node.text is not None else ""


def called(node: Node) -> tuple[Node, str, list[Node]] | None:
    """Return object, name and arguments of a call of a method; None for anything else."""
    function = node.child_by_field_name("function") if node.type == "call_expression" else None
    if function is None or function.type != "member_expression":
        return None
    owner, name = function.child_by_field_name("object"), function.child_by_field_name("property")
    return (owner, text_of(name), arguments_of(node)) if owner is not None else None


def arguments_of(node: Node) -> list[Node]:
    """Return the arguments of a call."""
    arguments = node.child_by_field_name("arguments")
    return [each for each in arguments.named_children if each.type != "comment"] if arguments else []


def pair_of(node: Node) -> tuple[Node, Node] | None:
    """Return the arguments of a call that has two of them."""
    found = arguments_of(node)
    return (found[0], found[1]) if len(found) == _TWO else None


def parameters_of(function: Node) -> list[str]:
    """Return the names of the parameters of a function; empty where one is more than a name."""
    single, several = function.child_by_field_name("parameter"), function.child_by_field_name("parameters")
    found = [single] if single is not None else several.named_children if several is not None else []
    return [text_of(each) for each in found] if all(each.type == "identifier" for each in found) else []


def body_of(function: Node) -> list[Node]:
    """Return the statements of a function, or the one expression that it is."""
    body = function.child_by_field_name("body")
    if body is None:
        return []
    return body.named_children if body.type == "statement_block" else [body]


def unescaped(node: Node) -> str | None:
    """Return the text of a string; None for a template with something in it."""
    if any(child.type == "template_substitution" for child in node.named_children):
        return None
    return _ESCAPE.sub(_character, text_of(node)[1:-1])


def _character(found: re.Match[str]) -> str:
    written = found[1]
    if written[0] in "ux" and len(written) > 1:
        return chr(min(int(written[1:].strip("{}"), 16), 0x10FFFF))
    return "" if written[-1] == "\n" else _ESCAPES.get(written, written)


def adds_up(node: Node) -> bool:
    """Whether a call of ``reduce`` adds up items: ``(sum, item) => sum + item``, perhaps from 0."""
    given = arguments_of(node)
    if not given or [text_of(each) for each in given[1:]] not in ([], ["0"]):
        return False
    function = given[0]
    body, names = function.child_by_field_name("body"), parameters_of(function)
    if body is None or body.type != "binary_expression" or len(names) != _TWO:
        return False
    sides = [text_of(body.child_by_field_name(side)) for side in ("left", "right")]
    return sorted(sides) == sorted(names) and text_of(body.child_by_field_name("operator")) == "+"


def whole_pattern(pattern: str, flags: str, rest: str) -> str | None:
    """Return a regular expression that fits a whole text where that of a script fits a part of it.

    ``rest`` fits what may stand around it. None for what Python reads otherwise than JavaScript.
    """
    pattern = pattern.replace("\\/", "/").replace("[^]", r"[\s\S]")
    begins = pattern.startswith("^")
    ends = pattern.endswith("$") and not pattern.endswith("\\$")
    by_line = "m" in flags and (begins or ends)
    if _JS_ONLY.search(pattern) or set(flags) - set("igm") or by_line:
        return None
    inner = pattern[begins : len(pattern) - ends]
    if "|" in inner:
        inner = f"(?:{inner})"
    whole = f"{'(?i)' if 'i' in flags else ''}{'' if begins else rest}{inner}{'' if ends else rest}"
    try:
        re.compile(whole)
    except (re.error, RecursionError, OverflowError):
        return None
    return whole
