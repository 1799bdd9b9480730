"""What a scenario costs: 1,000 rows of an outline, with Allure, in one process, beside the bare loop.

Prints CPU and wall seconds of both, whole processes, as medians over pairs of runs, and their ratio; the
goal is at most 6. CPU needs a POSIX system; elsewhere only wall time is printed.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pytest_iflow.checks.schema import shipped_schemas
from pytest_iflow.local_tenant import LocalTenant

SCENARIOS = 1000
PAIRS = 5
GOAL = 6.0
HERE = Path(__file__).parent
SCHEMA = "product-details.schema.json"

TENANT = """
[environments.dev.clients.default]
service-key = "env:IFLOW_SERVICE_KEY"
[environments.dev.iflows.product-details-json]
address = "/products/details/json"
"""
FEATURE = """
Feature: Product details
  Scenario Outline: A product
    When I send a POST request to the iFlow "product-details-json" with the body:
      \"\"\"
      {"productIdentifier": "<product>"}
      \"\"\"
    Then the response status is 200
    And the response matches the schema "product-details.schema.json"
    And the response value at "$.Products.Product.ProductId" is "<product>"
    And the response value at "$.Products.Product.CurrencyCode" is "EUR"

    Examples:
      | product |
"""


def main() -> None:
    """Measure in pairs, so that a machine whose speed drifts tells the truth all the same."""
    tenant = LocalTenant()
    try:
        with tempfile.TemporaryDirectory() as folder:
            _measure(Path(folder), tenant.keys())
    finally:
        tenant.stop()


def write_suite(folder: Path, keys: Path) -> tuple[list[str], dict[str, str]]:
    """Write the suite into ``folder``; return the command that runs it, and its environment."""
    (folder / "tenants").mkdir()
    (folder / "tenants" / "bench.toml").write_text(TENANT, encoding="utf-8")
    rows = "".join(f"      | {product} |\n" for product in _products())
    (folder / "products.feature").write_text(FEATURE + rows, encoding="utf-8")
    shutil.copy(shipped_schemas() / SCHEMA, folder)
    environ = {
        **os.environ,
        "IFLOW_SERVICE_KEY": str(keys / "integration-flow.json"),
        "REQUESTS_CA_BUNDLE": str(keys / "ca.pem"),
    }
    suite = [
        sys.executable,
        "-m",
        "pytest",
        "--tenant=bench",
        "-q",
        "-p",
        "no:cacheprovider",
        "products.feature",
    ]
    return suite, environ


def _measure(folder: Path, keys: Path) -> None:
    suite, environ = write_suite(folder, keys)
    (folder / "products.txt").write_text("\n".join(_products()), encoding="utf-8")
    bare = [sys.executable, str(HERE / "bare_loop.py"), "products.txt", SCHEMA]
    pairs = [(seconds_of(suite, folder, environ), seconds_of(bare, folder, environ)) for _ in range(PAIRS)]
    print(f"{SCENARIOS} scenarios, one process, Allure on; medians of {PAIRS} pairs, whole processes")
    for name, position in (("CPU", 0), ("wall", 1)):
        ratios = [ours[position] / floor[position] for ours, floor in pairs if floor[position]]
        if ratios:
            ours = statistics.median(one[0][position] for one in pairs)
            floor = statistics.median(one[1][position] for one in pairs)
            ratio = statistics.median(ratios)
            print(
                f"{name:>5}: suite {ours:.2f} s, bare loop {floor:.2f} s, ratio {ratio:.1f} (goal {GOAL:g})"
            )


def _products() -> list[str]:
    known = [f"HT-{number}" for number in (1000, 1001, 1002, 1003, 1010, 1011, 1020, 1021, 1022, 1023)]
    return [known[number % len(known)] for number in range(SCENARIOS)]


def seconds_of(command: list[str], folder: Path, environ: dict[str, str]) -> tuple[float, float]:
    """Return CPU and wall seconds of a command that succeeds."""
    cpu, wall = _cpu_of_children(), time.perf_counter()
    subprocess.run(command, cwd=folder, env=environ, check=True, stdout=subprocess.DEVNULL)  # noqa: S603, pytest or the bare loop
    return _cpu_of_children() - cpu, time.perf_counter() - wall


def _cpu_of_children() -> float:
    times = os.times()
    return times.children_user + times.children_system


if __name__ == "__main__":
    main()
