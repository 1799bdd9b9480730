"""Formats are checked, those of every draft."""

from __future__ import annotations

import pytest

from pytest_iflow.checks.formats import FORMATS


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("date", ["2024-02-29"], ["2024-02-30", "20240229", "2024-02-29\n"]),
        ("time", ["12:00:00Z", "12:00:00.5+02:00"], ["12:00:00", "25:00:00Z", "12:00:00Z\n"]),
        (
            "date-time",
            ["2024-02-29T12:00:00Z"],
            ["2024-02-29", "2024-02-30T12:00:00Z", "2024-02-29T12:00:00Z\n"],
        ),
        (
            "duration",
            ["P1D", "PT1.5S", "P1Y2M3DT4H5M6S", "P2W"],
            ["three days", "P", "PT", "P1DT", "1D", "P1W1D"],
        ),
        (
            "email",
            ["a@b.de", "a.b+c@d", '"a b"@c.de', "a@[127.0.0.1]"],
            ["a", "a@", "@b", "a b@c", "ü@b", "a.@b"],
        ),
        ("idn-email", ["ü@müller.de"], ["ü", "@müller.de"]),
        ("hostname", ["a.b-c", "localhost", "a.b."], ["a b..c", "-a", "a_b", "", "a\n", "ü.de", "x" * 64]),
        ("host-name", ["a.b"], ["a b"]),
        ("idn-hostname", ["müller.de"], ["-a", "a b"]),
        ("ipv4", ["1.2.3.4"], ["1.2.3", "256.1.1.1", "::1"]),
        ("ip-address", ["1.2.3.4"], ["1.2.3"]),
        ("ipv6", ["::1", "fe80::1"], ["1.2.3.4", "::g", "fe80::1%eth0"]),
        (
            "uri",
            ["http://a/b?c#d", "urn:x:y", "mailto:a@b", "http://[::1]:80/", "a:"],
            ["not a uri", "/a", "http://a b", "http://ü/", "http://[zz]/", "http://%zz", "a:b#c#d", "a:b\n"],
        ),
        ("uri-reference", ["", "a/b", "//h/p", "?q", "#f", "./a:b", "x:y"], ["a b", "1a:b", "\\a", "ü"]),
        ("iri", ["http://ü/ä?ö"], ["http://a b", "ü"]),
        ("iri-reference", ["ü/ä", ""], ["a b", "<ü>"]),
        ("uri-template", ["http://a/{b}{?c,d*}", "{+b:3}", ""], ["{", "{a b}", "}", "a b"]),
        ("json-pointer", ["", "/a/b~0~1", "/"], ["a/b", "/~2", "#/a"]),
        ("relative-json-pointer", ["0", "1/a", "2#"], ["01", "-1", "/a", "²", ""]),
        ("regex", [r"^\p{Lu}$"], ["(", "(?P<a>b)"]),
        ("uuid", ["2eb8aa08-aa98-11ea-b4aa-73b441d16380"], ["2eb8aa08", "2eb8aa08aa9811eab4aa73b441d16380"]),
    ],
)
def test_a_format_is_checked(name: str, good: list[str], bad: list[str]) -> None:
    """By the grammar of its RFC; what is no text is no matter of formats."""
    assert [text for text in good if not FORMATS.conforms(text, name)] == []
    assert [text for text in bad if FORMATS.conforms(text, name)] == []
    assert FORMATS.conforms(7, name)


def test_a_format_that_is_not_known_is_not_checked() -> None:
    """The run says so once."""
    assert FORMATS.conforms("x", "iban")
    assert "iban" not in FORMATS.checkers
