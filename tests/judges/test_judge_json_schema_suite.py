"""The JSON-Schema-Test-Suite, judged as a phrase ``… matches the schema "x.json"`` judges.

The suite comes with the sources of ``jsonschema``, which ``make test`` puts beside the environment. Its
schemas name others by an address of the network; here these stand in one folder with them, as in a suite of
ours.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_iflow.checks.document import parse_document
from pytest_iflow.checks.schema import SchemaStore
from pytest_iflow.errors import CheckError, ConfigurationError

SUITE = Path(sys.prefix, "judges", "jsonschema", "json")
"""Where ``make test`` puts it."""
NETWORK = "http://localhost:1234/"
"""Where the suite expects the schemas of its folder ``remotes``."""
DIALECTS = {
    "draft3": "http://json-schema.org/draft-03/schema#",
    "draft4": "http://json-schema.org/draft-04/schema#",
    "draft6": "http://json-schema.org/draft-06/schema#",
    "draft7": "http://json-schema.org/draft-07/schema#",
    "draft2019-09": "https://json-schema.org/draft/2019-09/schema",
    "draft2020-12": "https://json-schema.org/draft/2020-12/schema",
}
NOT_HELD = {
    "draft2019-09/vocabulary.json": "a dialect of one's own is refused by name, not guessed at",
    "draft2020-12/vocabulary.json": "a dialect of one's own is refused by name, not guessed at",
    "draft2020-12/optional/format-assertion.json": "a dialect of one's own is refused by name",
    "draft2020-12/format.json": "a format is checked in every draft: a tester who writes one means it",
    "draft7/optional/content.json": "contentEncoding and contentMediaType are not judged, as in later drafts",
    "draft3/optional/format/color.json": "colors are judged in no draft, and the report says so",
    "draft3/optional/format/time.json": "time has one meaning in all drafts, that of RFC 3339",
    "draft3/optional/format/ecmascript-regex.json": "ECMA-262 has lookbehind since 2018",
}
"""Files of the suite in which some tests are judged otherwise, and why."""
FILES = sorted(
    path.relative_to(SUITE / "tests") for name in DIALECTS for path in SUITE.glob(f"tests/{name}/**/*.json")
)

pytestmark = pytest.mark.skipif(
    not FILES, reason=f"the sources of jsonschema are not in {SUITE.parent}; make test gets them"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of schemas with those that the suite expects in the network."""
    folder = tmp_path_factory.mktemp("schemas")
    for remote in (SUITE / "remotes").rglob("*.json"):
        copy = folder / remote.relative_to(SUITE / "remotes")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(_at_home(remote.read_text(encoding="utf-8"), folder), encoding="utf-8")
    return folder


def _at_home(schema: str, folder: Path) -> str:
    return schema.replace(NETWORK, f"{folder.as_uri()}/")


def wrong_verdicts(folder: Path, file: Path) -> Iterator[str]:
    """Yield each test of a file that is judged otherwise than the suite says."""
    for number, case in enumerate(json.loads((SUITE / "tests" / file).read_text(encoding="utf-8"))):
        schema = case["schema"]
        if isinstance(schema, dict):
            schema = {"$schema": DIALECTS[file.parts[0]], **schema}
        name = f"judged{number}.json"
        (folder / name).write_text(_at_home(json.dumps(schema), folder), encoding="utf-8")
        store = SchemaStore([folder])
        for test in case["tests"]:
            document = parse_document(json.dumps(test["data"]).encode(), "application/json")
            try:
                store.validate(document, name)
            except CheckError as error:
                is_judged, said = not test["valid"], error.what
            except ConfigurationError as error:
                is_judged, said = False, str(error)
            else:
                is_judged, said = bool(test["valid"]), "matches"
            if not is_judged:
                yield f"{case['description']}: {test['description']}: {said}"


@pytest.mark.parametrize("file", FILES, ids=Path.as_posix)
def test_each_schema_judges_as_the_suite_says(folder: Path, file: Path) -> None:
    """Also the optional groups, but for those that are left out with a reason."""
    wrong = list(wrong_verdicts(folder, file))
    if file.as_posix() in NOT_HELD:
        assert wrong, "it is held now: take it off the list"
    else:
        assert wrong == []


def test_what_is_not_held_is_in_the_suite() -> None:
    """A file that is renamed there is found here."""
    assert NOT_HELD.keys() <= {file.as_posix() for file in FILES}
