"""YAML that others wrote, read as texts within limits."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.imports.yaml_source import DEEPEST_YAML, parsed_texts
from pytest_iflow.secrets.registry import mask

HERE = Path("c.yaml")


def test_values_are_texts_as_they_were_written() -> None:
    """But null, true and false without quotes, which are those of YAML 1.2."""
    text = (
        "a: yes\nb: on\nc: 012\nd: 1.50\ne: 2026-01-01\nf: true\ng: 'true'\nh:\ni: ~\nj: ''\nk: !!str null\n"
    )
    assert parsed_texts(text, HERE) == {
        "a": "yes",
        "b": "on",
        "c": "012",
        "d": "1.50",
        "e": "2026-01-01",
        "f": True,
        "g": "true",
        "h": None,
        "i": None,
        "j": "",
        "k": "null",
    }


def test_lists_and_blocks_are_read_with_any_end_of_line() -> None:
    """A block has plain ends of lines, whatever the file has."""
    text = "a:\r\n  - b: |-\r\n      {\r\n        x\r\n      }\r\n  - [1, {c: d}]\r\n"
    assert parsed_texts(text, HERE) == {"a": [{"b": "{\n  x\n}"}, ["1", {"c": "d"}]]}


def test_nothing_is_none() -> None:
    """An empty document, and one of comments only."""
    assert parsed_texts("", HERE) is None
    assert parsed_texts("# nothing\n", HERE) is None


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ("a: &x [1]\nb: *x\n", "alias", 2),
        ("a: 1\nb: 2\na: 3\n", '"a" stands twice', 3),
        ("a: 1\n---\nb: 2\n", "second document", 2),
        ("a: !!python/object:os.system {}\n", "tag", 1),
        ("a:\n  ? [b]\n  : c\n", "no text", 2),
        ("a: b: c\n", "no YAML", 1),
        ("a: 'b\n", "no YAML", 2),
        ("- " * (DEEPEST_YAML + 1) + "a\n", "nest", 1),
        ("[" * 100_000, "nest", 1),
        ("a: \x07\n", "cannot be read", 0),
    ],
)
def test_what_is_not_read_is_said_with_its_line(text: str, what: str, line: int) -> None:
    """Also hostile depth and aliases, before anything is made of them."""
    with pytest.raises(ConfigurationError, match=what) as caught:
        parsed_texts(text, HERE)
    assert caught.value.line == line
    assert caught.value.where == (f"c.yaml, line {line}" if line else "c.yaml")


def test_aliases_that_explode_end_at_the_first() -> None:
    """Nine levels of nine: nothing of it is made."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 9)]
    with pytest.raises(ConfigurationError, match="alias") as caught:
        parsed_texts("\n".join(lines), HERE)
    assert caught.value.line == 2


def test_a_pasted_secret_is_masked_where_it_stands() -> None:
    """Bare, and within a block; the mask itself would be no YAML."""
    bare, inner = "ghp_" + "Zy9X" * 9, "glpat-" + "Qw8Er7Ty6Ui5Op4As3Df"
    text = f"a: {bare}\nb: |\n  one\n  two {inner} three\nc: plain\n"
    assert parsed_texts(text, HERE) == {"a": "***", "b": "one\ntwo *** three\n", "c": "plain"}
    assert mask(f"{bare} {inner}") == "*** ***"


def test_without_pyyaml_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the way around it."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(ConfigurationError, match="PyYAML has to be installed") as caught:
        parsed_texts("a: 1\n", HERE)
    assert "pytest-iflow[yaml]" in str(caught.value)
