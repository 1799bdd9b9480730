"""Lines of keys in TOML."""

from __future__ import annotations

import pytest

from pytest_iflow.tenants.toml_lines import line_of

TEXT = '''description = "a = b"
# clients = none
[environments.dev]
protected = true

[environments."my.stage".clients.default]  # the stage
service-key = "env:X"
auth = "post"
environments.deep."a b" = 1
text = """
inline = not a key, [nor.a.table
no key either = 1
= nothing
"""
[[list]]
item = { inner = 1 }
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (["description"], 1),
        (["environments"], 3),
        (["environments", "dev"], 3),
        (["environments", "dev", "protected"], 4),
        (["environments", "my.stage", "clients", "default", "auth"], 8),
        (["environments", "my.stage", "clients", "default", "environments", "deep", "a b"], 9),
        (["list", "item"], 16),
        (["list", "item", "inner"], 16),
        (["environments", "dev", "unknown"], 3),
        (["unknown"], None),
        ([], None),
    ],
)
def test_a_key_is_found_on_its_line(path: list[str], line: int | None) -> None:
    """A key has its own line, what is not written has that of the table around it."""
    assert line_of(TEXT, path) == line


def test_windows_line_ends_count_once() -> None:
    """Lines are those that an editor shows."""
    assert line_of("a = 1\r\nb = 2\r\n", ["b"]) == 2
