"""Secrets that somebody pasted into a text of a suite: where they stand, by what they look like.

A run imports none of it: ``lint`` looks for them, and whatever writes files of a suite leaves them out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from pytest_iflow.gherkin.typed_secrets import TYPED
from pytest_iflow.secrets.token_shapes import credentials_in, is_plain, looks_random

_CLIENT_SECRET = re.compile(
    r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\$[\w-]{20,}={0,2}", re.ASCII | re.IGNORECASE
)
"""The clientsecret of a service key: a uuid, a dollar, base64 (wire-facts 2.1)."""

_NAMES = (
    r"client[_-]?secret|pass(?:word|wd|phrase)|pwd|(?:access|refresh|id|auth|session)[_-]?token"
    r"|(?:api|access|account|private|subscription|shared)[_-]?key|secret"
)
_PARTS_OF_NAMES = ("secret", "pass", "pwd", "token", "key")
"""Each of these names has one of them: without any a large text is not searched."""

_FIELD = re.compile(
    rf"""(?P<name>{_NAMES})(?:["']?(?:\s*[:=]|["']\s+is(?:\s+also)?)\s*["'](?P<quoted>[^"'\n]{{8,}})["']"""
    r"""|=(?P<form>[^\s&"'<>]{8,})|(?:\s[^<>\n]{0,200})?>(?P<element>[^<>\n]{8,})</"""
    r"""|\s{0,80}\|\s{0,80}(?P<cell>[^|\s]{8,})\s*\|)""",
    re.IGNORECASE,
)
"""A field that is named like a secret: of JSON, TOML or Python, an attribute or an element of XML, of a form,
in a step such as ``the request header "X-API-Key" is "…"``, in a row of a table."""

_IN_ADDRESS = re.compile(r"""\w://[^\s/:@"'<>]+:([^\s/:@"'<>]{6,})@""")
"""A password within an address."""

_ISSUED = re.compile(
    r"\b(?:(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22,}|glpat-[\w-]{20}"
    r"|xox[abeprs]-[A-Za-z0-9-]{10,}|AIza[\w-]{35}|sk_live_[A-Za-z0-9]{16,}|npm_[A-Za-z0-9]{36})\b",
    re.ASCII,
)
"""Keys and tokens that tell by how they begin who has issued them: AWS, GitHub, GitLab, Slack and others."""

_WORDS = frozenset({"password", "passwd", "passphrase", "clientsecret"})
"""Fields in which whatever is no word is a secret; in others it has to look random."""

_WRITTEN_OUT = frozenset({"quoted", "element"})
_FEW = 4
"""A text of so few different characters is no secret, but hides one: ``********``."""


def pasted_secrets_in(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield where secrets begin and end, and the kind of each; in no order."""
    yield from credentials_in(text)
    if "$" in text:
        yield from ((*found.span(), "a client secret") for found in _CLIENT_SECRET.finditer(text))
    small = text.lower()
    fields = _FIELD.finditer(text) if any(part in small for part in _PARTS_OF_NAMES) else ()
    for found in fields:
        group = str(found.lastgroup)
        name = found["name"]
        value = unquote(found[group]) if group == "form" else found[group]
        is_word_enough = name.lower().replace("_", "").replace("-", "") in _WORDS and group in _WRITTEN_OUT
        if _is_secret(value) and (is_word_enough or looks_random(value)):
            yield *found.span(group), f'a secret in the field "{name}"'
    for typed in TYPED.finditer(text):
        if looks_random(typed[1]) and _is_secret(typed[1]):
            yield *typed.span(1), "a secret in quotes"
    yield from ((*found.span(), "a key or token") for found in _ISSUED.finditer(text))
    yield from (
        (*found.span(1), "a password in an address")
        for found in (_IN_ADDRESS.finditer(text) if "://" in text else ())
        if _is_secret(found[1])
    )


def _is_secret(value: str) -> bool:
    """Whether a value may be a secret: no word, no name of a variable or of a file, no row of asterisks."""
    is_name = "${" in value or "<" in value or value.startswith(("env:", "file:"))
    return not (is_name or is_plain(value) or any(map(str.isspace, value))) and len(set(value)) > _FEW
