"""The contenders of the comparison: their files, the command that runs them, and what they have to leave."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.measurement import Cost, MockServer, cost_of
from benchmarks.mock_server import CLIENT_ID, CLIENT_SECRET, TOKEN_PATH
from benchmarks.step_definitions import Definitions

PROJECT = Path(__file__).parent.parent
SUITES = Path(__file__).with_name("suites")
SCHEMA = PROJECT / "schemas" / "product-details.schema.json"
INSTALLED = PROJECT / ".venv" / "installed"
NODE_MODULES = PROJECT / ".venv" / "judges" / "node_modules"
# Left by a run, and moved away before the next one, so that each run finds the same folder. They are removed
# at the end: else the disk would be busy with that while the next run is timed.
LEFT_BY_A_RUN = ("reports", "allure-results", ".pytest_cache")
# Variables that would steer a run.
FOREIGN = (
    "PYTEST_",
    "NODE_",
    "IFLOW_",
    "ALLURE_",
    "COV",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPATH",
    "PYTHONPYCACHE",
)
FIRST_PRODUCT = 1000


@dataclass(frozen=True)
class Contender:
    """A suite that does the work, in one way; ``suite`` is its folder below ``suites``.

    ``arguments`` follow the interpreter's name. ``features`` is the folder that gets the feature file.
    ``results`` is the folder that has an Allure result of each scenario at the end. ``path`` is a folder
    whose modules go before those that are installed. ``variant`` says what is special about this one, and
    ``environ`` are its further variables. ``program`` runs it where Python does not.
    """

    name: str
    suite: str
    arguments: tuple[str, ...]
    features: str | None = None
    results: str | None = None
    calls: bool = True
    path: Path | None = None
    variant: str = ""
    definitions: Definitions | None = None
    environ: tuple[tuple[str, str], ...] = ()
    program: str = ""

    @property
    def is_installed(self) -> bool:
        """Whether its program is there, and its modules are where the Makefile puts them."""
        has_program = not self.program or shutil.which(self.program) is not None
        return has_program and (self.path is None or self.path.is_dir())

    @property
    def command(self) -> tuple[str, ...]:
        """Its program and arguments; without that folder the modules are those of this interpreter."""
        isolated = self.is_installed or self.program
        arguments = self.arguments if isolated else tuple(each for each in self.arguments if each != "-S")
        return (self.program or sys.executable, *arguments)


_ISOLATED = ("-S",)
"""Without the packages of the virtual environment: the plugins of a developer cost time, too."""
_PYTEST = (*_ISOLATED, "-m", "pytest", "-q")
_WITHOUT_US = (*_PYTEST, "-p", "no:iflow")
BARE = Contender("bare loop", "bare_loop", ("bare_loop.py",))
SCHEMA_CHECK = Contender("only checks of the schema", "schema_check", ("schema_check.py",), calls=False)
EMPTY = Contender("pytest, empty tests", "empty_pytest", _WITHOUT_US, calls=False, path=INSTALLED)
PLAIN = Contender("plain pytest", "plain_pytest", _WITHOUT_US, path=INSTALLED)
PYTEST_BDD = Contender(
    "pytest-bdd + Allure",
    "pytest_bdd",
    (*_WITHOUT_US, "--alluredir=allure-results"),
    features="features",
    results="allure-results",
    path=INSTALLED,
)
BEHAVE = Contender(
    "behave + Allure",
    "behave",
    (
        *_ISOLATED,
        "-m",
        "behave",
        "--format=allure_behave.formatter:AllureFormatter",
        "--outfile=allure-results",
    ),
    features="features",
    results="allure-results",
    path=INSTALLED,
)
OURS = Contender(
    "pytest-iflow",
    "pytest_iflow",
    (*_PYTEST, "--tenant=bench"),
    features="features",
    results="reports/bench/dev/allure-results",
    path=INSTALLED,
)
NEWMAN = Contender(
    "Newman",
    "newman",
    ("products.js",),
    path=NODE_MODULES / "newman",
    environ=(("NODE_PATH", str(NODE_MODULES)),),
    program="node",
)
ALL = (BARE, SCHEMA_CHECK, EMPTY, PLAIN, PYTEST_BDD, BEHAVE, OURS)


def with_definitions(count: int) -> tuple[Contender, ...]:
    """Return suites with that many step definitions of their own beside those that they need."""
    return (
        replace(
            OURS,
            variant=f"{count} Cucumber Expressions",
            definitions=Definitions("steps/orders.py", "expressions", count),
        ),
        replace(
            OURS,
            variant=f"{count} of pytest-bdd's parse",
            definitions=Definitions("steps/orders.py", "parse", count),
        ),
        replace(
            PYTEST_BDD,
            variant=f"{count} of pytest-bdd's parse",
            definitions=Definitions("conftest.py", "parse", count),
        ),
    )


IN_PARALLEL = tuple(
    replace(OURS, arguments=(*OURS.arguments, *given.split()), variant=given)
    for given in ("--parallel 8", "--parallel 32", "--parallel auto")
)
PROCESSES = replace(OURS, arguments=(*OURS.arguments, "-n", "2"), variant="-n 2")
PEERS_ALONE = (BEHAVE, NEWMAN)
"""Suites that run one scenario after the other only; each is left out where it is missing."""


def with_byte_code(contender: Contender, cache: Path | None) -> Contender:
    """Return a contender whose byte code the folder ``cache`` keeps.

    pip makes byte code of all modules, but pytest rewrites those of plugins and makes byte code of its own.
    With None it is not kept and Python writes no byte code, as in many containers.
    """
    kept = ("PYTHONDONTWRITEBYTECODE", "1") if cache is None else ("PYTHONPYCACHEPREFIX", str(cache))
    variant = "byte code is not written" if cache is None else "byte code is kept"
    return replace(contender, environ=(kept,), variant=variant)


class Suite:
    """The project of one contender in a folder of its own, with a number of scenarios."""

    def __init__(self, contender: Contender, folder: Path, scenarios: int, server: MockServer) -> None:
        self.contender = contender
        self.folder = folder
        self.scenarios = scenarios
        self.delay = server.delay
        self._server = server
        self._runs = 0
        products = [f"HT-{number}" for number in range(FIRST_PRODUCT, FIRST_PRODUCT + scenarios)]
        shutil.copytree(SUITES / contender.suite, folder, ignore=shutil.ignore_patterns("__pycache__"))
        self._add("schemas/" + SCHEMA.name, SCHEMA.read_text(encoding="utf-8"))
        self._add("pytest.ini", "[pytest]\n")
        self._add("products.txt", "\n".join(products))
        self._add("service-key.json", json.dumps(service_key(server)))
        if contender.features is not None:
            head = (SUITES / "products.feature").read_text(encoding="utf-8")
            rows = "".join(f"      | {product} |\n" for product in products)
            self._add(f"{contender.features}/products.feature", head + rows)
        if contender.definitions is not None:
            self._add(contender.definitions.file, contender.definitions.text())

    def _add(self, name: str, text: str) -> None:
        """Write a file, or add to the one that is there."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(text)

    def run(self, interpreter: tuple[str, ...] = ()) -> Cost:
        """Run the suite once, with further arguments of the interpreter.

        Raises RuntimeError if it did not do its work.
        """
        self._runs += 1
        for name in LEFT_BY_A_RUN:
            if (left := self.folder / name).exists():
                left.rename(self.folder.with_name(f"{self.folder.name}-{self._runs}-{name}"))
        self._server.counts()
        program, *arguments = self.contender.command
        options = len(_ISOLATED) if arguments[: len(_ISOLATED)] == list(_ISOLATED) else 0
        command = [program, *arguments[:options], *interpreter, *arguments[options:]]
        cost = cost_of(command, self.folder, self._environ())
        tokens, calls = self._server.counts()
        self._require(calls, self.scenarios if self.contender.calls else 0, "calls of the iFlow")
        if self.contender.results is not None:
            results = len(list((self.folder / self.contender.results).glob("*-result.json")))
            self._require(results, self.scenarios, "Allure results")
        return replace(cost, tokens=tokens, calls=calls)

    def _environ(self) -> dict[str, str]:
        """Return the variables of this process, without those that steer a run and without proxies."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(FOREIGN) and not name.lower().endswith("_proxy")
        }
        contender = self.contender
        installed = contender.path is not None and contender.is_installed and not contender.program
        path = {"PYTHONPATH": str(self.contender.path)} if installed else {}
        key = {"IFLOW_SERVICE_KEY": str(self.folder / "service-key.json")}
        return {**kept, **path, **key, **dict(self.contender.environ)}

    def _require(self, found: int, expected: int, what: str) -> None:
        if found != expected:
            raise RuntimeError(
                f"{self.contender.name} {self.contender.variant}: {found} {what}, expected {expected}"
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
