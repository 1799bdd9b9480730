"""The JVM that the scripts of the tests run in."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_iflow.iflow_engine.scripting.groovy import compiled_classes, find_groovy, find_java
from pytest_iflow.iflow_engine.scripting.runner import ScriptRunner, ScriptSettings
from pytest_iflow.iflow_engine.scripting.services import Services
from pytest_iflow.iflow_engine.stores import Stores
from tests.iflow_engine.scripting.groovy_scripts import environment_with_groovy, groovy_or_skip

SERVICES = """
[credentials.Shop]
user = "shop"
password = "env:SHOP_PASSWORD"
properties = {url = "https://shop.example"}

[partners.Acme.parameters]
Currency = "EUR"
[partners.Acme.binary]
Rules = "rules.json"
[partners.Acme.names]
"GLN/13" = "4012345000009"

[number-ranges.Orders]
first = 998
last = 999
width = 5

[[value-mappings]]
"SAP/Country" = "DE"
"Shop/Land" = "Deutschland"
"""


@pytest.fixture(scope="session")
def script_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment with a new cache, into which two threads compile our classes at once."""
    environ = environment_with_groovy(tmp_path_factory.mktemp("script cache ä"))
    groovy_or_skip("2.4", environ)
    home, java = find_groovy("2.4", environ), find_java(environ)
    places: list[Path] = []
    both = [
        threading.Thread(target=lambda: places.append(compiled_classes(home, java, environ)))
        for _ in range(2)
    ]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert len(places) == 2
    assert places[0] == places[1]
    assert [each.name for each in Path(environ["IFLOW_SCRIPT_CACHE"]).iterdir()] == [places[0].name]
    return environ


@pytest.fixture(scope="session")
def runner(
    script_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ScriptRunner]:
    """The one JVM that all scripts of the tests run in, with services from a file."""
    folder = tmp_path_factory.mktemp("services")
    (folder / "services.toml").write_text(SERVICES, encoding="utf-8")
    (folder / "rules.json").write_bytes(b'{"rule": 1}')
    stores = Stores()
    services = Services.read(folder / "services.toml", {"SHOP_PASSWORD": "pass-of-the-shop"}, stores)
    one = ScriptRunner(services, ScriptSettings(), script_environment)
    yield one
    one.close()
    stores.close()
    shutil.rmtree(script_environment["IFLOW_SCRIPT_CACHE"], ignore_errors=True)
