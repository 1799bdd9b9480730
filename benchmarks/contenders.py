"""The contenders of the comparison: their files, the command that runs them, and what they have to leave."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.measurement import Cost, MockServer, cost_of
from benchmarks.mock_server import CLIENT_ID, CLIENT_SECRET, TOKEN_PATH

PROJECT = Path(__file__).parent.parent
SUITES = Path(__file__).with_name("suites")
SCHEMA = PROJECT / "schemas" / "product-details.schema.json"
PEERS = PROJECT / ".venv" / "peers"
# Left by a run, and removed before the next one, so that each run finds the same folder.
LEFT_BY_A_RUN = ("reports", "allure-results", ".pytest_cache")
# Variables that would steer a run.
FOREIGN = ("PYTEST_", "IFLOW_", "ALLURE_", "COV_", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH")
FIRST_PRODUCT = 1000


@dataclass(frozen=True)
class Contender:
    """A suite that does the work, in one way; ``suite`` is its folder below ``suites``.

    ``arguments`` follow the interpreter's name. ``features`` is the folder that gets the feature file.
    ``results`` is the folder that has an Allure result of each scenario at the end. ``path`` is a folder
    whose modules go before those that are installed. Each of the three is None where there is none.
    """

    name: str
    suite: str
    arguments: tuple[str, ...]
    features: str | None = None
    results: str | None = None
    calls: bool = True
    path: Path | None = None


_PYTEST = ("-m", "pytest", "-q")
_WITHOUT_US = (*_PYTEST, "-p", "no:iflow")
BARE = Contender("bare loop", "bare_loop", ("bare_loop.py",))
EMPTY = Contender("pytest, empty tests", "empty_pytest", _WITHOUT_US, calls=False)
PLAIN = Contender("plain pytest", "plain_pytest", _WITHOUT_US)
PYTEST_BDD = Contender(
    "pytest-bdd + Allure",
    "pytest_bdd",
    (*_WITHOUT_US, "--alluredir=allure-results"),
    features="features",
    results="allure-results",
)
BEHAVE = Contender(
    "behave + Allure",
    "behave",
    ("-m", "behave", "--format=allure_behave.formatter:AllureFormatter", "--outfile=allure-results"),
    features="features",
    results="allure-results",
    path=PEERS,
)
OURS = Contender(
    "pytest-iflow",
    "pytest_iflow",
    (*_PYTEST, "--tenant=bench"),
    features="features",
    results="reports/bench/dev/allure-results",
)
ALL = (BARE, EMPTY, PLAIN, PYTEST_BDD, BEHAVE, OURS)


def is_installed(contender: Contender) -> bool:
    """Tell whether the modules of a contender are there."""
    return contender.path is None or contender.path.is_dir()


class Suite:
    """The project of one contender in a folder of its own, with a number of scenarios."""

    def __init__(self, contender: Contender, folder: Path, scenarios: int, server: MockServer) -> None:
        self.contender = contender
        self.scenarios = scenarios
        self.folder = folder
        self.delay = server.delay
        self._server = server
        self.environ = _environ(folder, contender)
        products = [f"HT-{number}" for number in range(FIRST_PRODUCT, FIRST_PRODUCT + scenarios)]
        shutil.copytree(SUITES / contender.suite, folder, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "schemas").mkdir()
        shutil.copy(SCHEMA, folder / "schemas")
        self._write("pytest.ini", "[pytest]\n")
        self._write("products.txt", "\n".join(products))
        self._write("service-key.json", json.dumps(service_key(server)))
        if contender.features is not None:
            (folder / contender.features).mkdir(exist_ok=True)
            head = (SUITES / "products.feature").read_text(encoding="utf-8")
            rows = "".join(f"      | {product} |\n" for product in products)
            self._write(f"{contender.features}/products.feature", head + rows)

    def _write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def run(self, interpreter: Sequence[str] = (), environ: Mapping[str, str] | None = None) -> Cost:
        """Run the suite once; raises RuntimeError if it did not do its work.

        ``interpreter`` are further arguments of the interpreter, ``environ`` further variables.
        """
        for name in LEFT_BY_A_RUN:
            shutil.rmtree(self.folder / name, ignore_errors=True)
        self._server.counts()
        command = [sys.executable, *interpreter, *self.contender.arguments]
        cost = cost_of(command, self.folder, {**self.environ, **(environ or {})})
        tokens, calls = self._server.counts()
        self._require(calls, self.scenarios if self.contender.calls else 0, "calls of the iFlow")
        if self.contender.results is not None:
            results = len(list((self.folder / self.contender.results).glob("*-result.json")))
            self._require(results, self.scenarios, "Allure results")
        return replace(cost, tokens=tokens, calls=calls)

    def _require(self, found: int, expected: int, what: str) -> None:
        if found != expected:
            raise RuntimeError(
                f"{self.contender.name}: {found} {what}, expected {expected}; see {self.folder}"
            )


def service_key(server: MockServer) -> dict[str, dict[str, str]]:
    """Return a service key of plan integration-flow whose addresses are those of the mock server."""
    return {
        "oauth": {
            "clientid": CLIENT_ID,
            "clientsecret": CLIENT_SECRET,
            "url": server.url,
            "createdate": "2026-11-03T04:42:00.000Z",
            "tokenurl": server.url + TOKEN_PATH.decode(),
        }
    }


def _environ(folder: Path, contender: Contender) -> dict[str, str]:
    """Return the variables of a run: those of this process, without what steers it and without proxies."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(FOREIGN) and not name.lower().endswith("_proxy")
    }
    path = {} if contender.path is None else {"PYTHONPATH": str(contender.path)}
    return {**kept, **path, "IFLOW_SERVICE_KEY": str(folder / "service-key.json")}
