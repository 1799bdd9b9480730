"""Which iFlow a request calls, and which requests call none."""

from __future__ import annotations

import pytest

from pytest_iflow.imports.addresses import Addresses, KnownFlow, runtime_part

KNOWN = (
    KnownFlow("/http/orders", "orders", "Orders"),
    KnownFlow("/http/orders/*", "", "All_Orders"),
    KnownFlow("/http/Products/Details", "", "Products"),
    KnownFlow("/gw/odata/SAP/SHOP;v=1", "shop"),
)


@pytest.mark.parametrize(
    ("url", "resolved", "found"),
    [
        ("https://{{Host}}/http/a/b?x=1&y={{z}}#part", (), ("/http/a/b", "x=1&y={{z}}")),
        ("{{url}}//cxf/a/", (), ("/cxf/a", "")),
        ("{{base}}/a", ("https://h/http/a",), ("/http/a", "")),
        ("host:8443/gw/odata/SAP/S;v=1/Orders('1')", (), ("/gw/odata/SAP/S;v=1/Orders('1')", "")),
        ("https://user:word@host/http/a", (), ("/http/a", "")),
    ],
)
def test_the_part_at_the_runtime_is_found(
    url: str, resolved: tuple[str, ...], found: tuple[str, str]
) -> None:
    """Whatever the host is, and where a variable holds a part of the path."""
    assert runtime_part(url, resolved) == found


@pytest.mark.parametrize(
    ("url", "resolved", "why"),
    [
        ("https://mock.example/employees", (), "none of a runtime"),
        ("{{host}}/api/v1/MessageProcessingLogs", (), "OData API"),
        ("{{proxy_url}}/http/a", (), "API management"),
        ("{{host}}/http/a", ("https://x.apimanagement.eu10.hana.ondemand.com/http/a",), "API management"),
        ("", (), "none of a runtime"),
        ("{{", (), "none of a runtime"),
    ],
)
def test_other_systems_are_told_apart(url: str, resolved: tuple[str, ...], why: str) -> None:
    """Each with a sentence."""
    found = runtime_part(url, resolved)
    assert isinstance(found, str)
    assert why in found


def test_known_flows_have_their_names() -> None:
    """The longest address that leads there; what is behind it stays behind it."""
    addresses = Addresses(KNOWN, ("orders", "shop"))
    exact = addresses.called("/http/orders", "a=1&b=x%20y&c")
    assert (exact.name, exact.behind, exact.query) == ("orders", "", (("a", "1"), ("b", "x y"), ("c", "")))
    below = addresses.called("/http/orders/4711", "")
    assert (below.artifact, below.behind) == ("All_Orders", "/4711")
    entity = addresses.called("/gw/odata/SAP/SHOP;v=1/Orders('1')", "")
    assert (entity.name, entity.behind) == ("shop", "/Orders('1')")


def test_a_path_that_differs_only_in_case_is_the_defect_that_it_is() -> None:
    """Found for flows that are known from elsewhere, and not for those of the source itself."""
    addresses = Addresses(KNOWN)
    found = addresses.called("/http/products/details", "")
    assert (found.path, found.differs) == ("/http/Products/Details", "/http/products/details")
    addresses.called("/http/new", "")
    assert addresses.called("/http/NEW", "").differs == ""


def test_new_flows_get_names_of_their_own() -> None:
    """Of their address up to the first variable; one name for one address."""
    addresses = Addresses((), ("a-b",))
    first, again = addresses.called("/http/a/b", ""), addresses.called("/http/a/b", "")
    assert first.name == again.name == "a-b-2"
    variable = addresses.called("/http/orders/{{id}}/items", "")
    assert (variable.path, variable.behind) == ("/http/orders", "/{{id}}/items")
