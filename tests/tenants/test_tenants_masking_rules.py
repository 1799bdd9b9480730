"""The rules for business data in a tenant file: read, put together, and refused with file, key and reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.tenants.masking_rules import AnonymiseRules, MaskingRules, masking_rules
from pytest_iflow.tenants.tenant_file import parse_tenant

HEAD = '[environments.dev.clients.default]\nservice-key = "env:KEY"\n'


def rules_of(text: str) -> MaskingRules:
    """Return the rules of the environment dev."""
    return parse_tenant(HEAD + text, name="t", folder=Path(), source="t.toml").environments["dev"].masking


def test_rules_of_tenant_and_environment_add_up() -> None:
    """Each counts once; header names compare without case."""
    rules = rules_of(
        '[masking]\njson = ["$..iban"]\nheaders = ["X-Customer"]\n'
        '[environments.dev.masking]\njson = ["$..name", "$..iban"]\npatterns = [\'\\bDE\\d{20}\\b\']\n'
        'xml = ["//*[local-name()=\'IBAN\']", "//a/@b"]\n'
    )
    assert rules == MaskingRules(
        json=("$..iban", "$..name"),
        xml=("//*[local-name()='IBAN']", "//a/@b"),
        patterns=(r"\bDE\d{20}\b",),
        headers=("x-customer",),
    )


def test_without_a_table_there_are_no_rules() -> None:
    """Most tenants have none."""
    assert rules_of("") == masking_rules() == MaskingRules()


@pytest.mark.parametrize(
    ("rule", "key", "reason"),
    [
        ('json = ["$..["]', "masking.json", "is not a valid JSONPath"),
        ('json = ["iban"]', "masking.json", "a JSONPath, which begins with $"),
        ('xml = ["//IBAN["]', "masking.xml", "is not a valid XPath"),
        ('xml = ["//a:IBAN"]', "masking.xml", "local-name()"),
        ('xml = ["//a[foo()]"]', "masking.xml", "calls foo(), which XPath 1.0 does not have"),
        ("xml = [\"//a[matches(., 'b')]\"]", "masking.xml", "calls matches()"),
        ('xml = ["//a[$b]"]', "masking.xml", "names a variable"),
        ('xml = ["/a[count()]"]', "masking.xml", "is not a valid XPath"),
        ('xml = ["//a\\u0000"]', "masking.xml", "is not a valid XPath"),
        (f'xml = ["//a{"[a" * 3000}{"]" * 3000}"]', "masking.xml", "is not a valid XPath"),
        ('json = ["$[?foo(@.a)]"]', "masking.json", "is not a valid JSONPath"),
        ('json = ["$[?@.a==1e999]"]', "masking.json", "is not a valid JSONPath"),
        (f'json = ["$[{"9" * 5000}]"]', "masking.json", "is not a valid JSONPath"),
        ('patterns = ["a{99999999999999}"]', "masking.patterns", "is not a valid regular expression"),
        (f'patterns = ["a{{{"9" * 5000}}}"]', "masking.patterns", "is not a valid regular expression"),
        ('patterns = ["("]', "masking.patterns", "is not a valid regular expression"),
        ('patterns = ["x*"]', "masking.patterns", "would mask everything"),
        ('headers = ["X Customer"]', "masking.headers", "is not the name of an HTTP header"),
        ('header = ["X"]', "masking.header", 'did you mean "headers"'),
        ('json = "$.a"', "masking.json", "must be a list"),
        ("json = [1]", "masking.json", "must be text in quotes"),
    ],
)
@pytest.mark.parametrize("table", ["masking", "environments.dev.masking"])
def test_a_rule_that_cannot_be_used_is_refused(table: str, rule: str, key: str, reason: str) -> None:
    """With its file, line and key."""
    with pytest.raises(ConfigurationError) as refused:
        rules_of(f"[{table}]\n{rule}\n")
    assert "t.toml:4: " in str(refused.value)
    assert f"{table.removesuffix('masking')}{key}" in str(refused.value)
    assert reason in str(refused.value)


def test_rules_for_recordings_take_what_is_masked_with_them() -> None:
    """Those of the tenant and of the environment; a wrong one is refused like those for reports."""
    text = """
        [masking]
        json = ["$..iban"]
        [anonymise]
        xml = ["//Partner"]
        fields = ["Betreuer"]
        [environments.dev.anonymise]
        patterns = ['K-1']
        keep = ["name1"]
        [environments.dev.clients.default]
        service-key = "env:KEY"
    """
    stage = parse_tenant(text, name="t", folder=Path(), source="t.toml").environments["dev"]
    assert stage.anonymise == AnonymiseRules(
        json=("$..iban",), xml=("//Partner",), patterns=("K-1",), fields=("Betreuer",), keep=("name1",)
    )
    with pytest.raises(ConfigurationError, match="is not a valid JSONPath"):
        rules_of('[anonymise]\njson = ["$["]\n')


def test_broken_files_are_broken_in_other_ways_first() -> None:
    """The rules say nothing where there is no table to look into."""
    with pytest.raises(ConfigurationError) as refused:
        parse_tenant("masking = 1\nenvironments = 2", name="t", folder=Path(), source="t.toml")
    assert "masking: must be a table of keys" in str(refused.value)
