"""A suite that plants secrets wherever a run may show them, and a scanner that is not the product's.

Test modules name this one in ``pytest_plugins`` and import from it: PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import html
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

from tests.inner_project import InnerProject
from tests.loopback_server import LoopbackServer, Received, Reply
from tests.loopback_tenant import CLIENT_ID, SECRET, LoopbackTenant, token_reply

TOKEN = "opaque-token-0815-4711-of-the-service"
IN_WORKER = "found-out-by-a-worker-77"
SECRETS = {"client secret": SECRET, "token": TOKEN, "secret of a worker": IN_WORKER}

CONFTEST = """
    import base64, html, json, logging, os, pprint, re, subprocess, sys, textwrap, warnings
    from urllib.parse import quote, quote_plus

    import allure, pytest

    if os.environ.get("UNMASKED"):
        from pytest_iflow.secrets.registry import SecretRegistry
        SecretRegistry._places = lambda self, text: []

    from pytest_iflow.gherkin.vocabulary import step
    from pytest_iflow.secrets.registry import register_secret

    SECRET = os.environ["PLANTED"]

    def basic(text):
        return base64.b64encode(text.encode()).decode()

    FORMS = {
        "plain": str,
        "basic": basic,
        "pair": lambda text: basic("client:" + text),
        "within": lambda text: basic(json.dumps({"of": "customer", "secret": text}, ensure_ascii=False)),
        "url": lambda text: quote(text, safe=""),
        "url in lower case": lambda text: re.sub("%..", lambda found: found[0].lower(), quote(text, safe="")),
        "form": quote_plus,
        "json": json.dumps,
        "html": html.escape,
        "repr": lambda text: repr(text.encode()),
        "wrapped": lambda text: "\\n    ".join(textwrap.wrap(text, 11)),
        "mime": lambda text: base64.encodebytes(3 * text.encode()).decode(),
        "pprint": lambda text: pprint.pformat(text.encode(), width=20),
    }

    @pytest.fixture
    def planted(request):
        print("set up with", SECRET)
        yield SECRET
        print("torn down with", SECRET, file=sys.stderr)

    def print_in_pieces():
        for piece in (SECRET[:9], SECRET[9:20], SECRET[20:]):
            print(piece, end="")
        print()

    @step("the secret shows as {string}")
    def shows(form, planted, record_property):
        shown = FORMS[form](SECRET)
        print(shown)
        print(shown, file=sys.stderr)
        print_in_pieces()
        logging.getLogger("planted").warning("log %s", shown)
        warnings.warn("warning " + shown)
        if not os.environ.get("LIVE"):
            subprocess.run([sys.executable, "-c", "import sys; print(sys.argv[1])", shown])
        record_property("property", shown)
        allure.attach(shown, "text")
        allure.attach(shown.encode(), "bytes")
        allure.dynamic.parameter("parameter", shown)
        raise RuntimeError("it is " + shown)

    @step("the tester writes {string}")
    def writes(text):
        print(text)

    @step("the tester notes:")
    def notes(docstring):
        print(docstring)

    @step("the tester lists:")
    def lists(datatable):
        assert datatable == SECRET

    @step("the variable is read")
    def reads():
        value = os.environ["PLANTED"]
        nested = {"list": [value, {"token": value}]}
        assert nested == {"list": ["other", {"token": value}]}

    @step("the worker finds a secret out")
    def finds_out():
        register_secret("found-out-by-a-worker-77")
        print("found-out-by-a-worker-77")

    @step("the worker dies")
    def dies():
        print(SECRET, flush=True)
        os._exit(7)

    @step("the worker raises")
    def raises():
        raise SystemError("about " + SECRET)
"""

PYTHON_TESTS = """
    import os, pytest

    SECRET = os.environ["PLANTED"]

    @pytest.fixture
    def fails():
        raise ValueError("fixture with " + SECRET)

    @pytest.mark.parametrize("value", [SECRET])
    def test_with_an_id(value, record_testsuite_property, record_xml_attribute, caplog):
        record_testsuite_property("of the suite", value)
        assert value == SECRET.upper()

    def test_with_a_fixture(fails):
        pass

    def test_that_is_left_out():
        pytest.skip("since " + SECRET)

    @pytest.mark.xfail(reason="because of " + SECRET)
    def test_that_may_fail():
        assert SECRET[::-1] == SECRET

    class Shown:
        def __repr__(self):
            return 40 * "x" + SECRET + 300 * "y"

    def test_with_a_long_value():
        assert Shown() == 1

    def test_of_parts(subtests):
        with subtests.test(msg="part " + SECRET, value=SECRET):
            assert 20 * b"q" + SECRET.encode() == 20 * b"q" + SECRET.encode()[::-1]

    def test_of_bytes():
        assert [60 * b"q" + SECRET.encode()] == [60 * b"q" + SECRET.encode() + b"r"]
"""

BROKEN = """
    import os
    raise RuntimeError("not to be collected: " + os.environ["PLANTED"])
"""


def feature() -> str:
    """Return the feature; the secret stands in it wherever Gherkin has room for a text."""
    cell = SECRET.replace("|", r"\|")
    return f'''
    Feature: Planted
      Scenario Outline: Shown as <form>
        When the secret shows as "<form>"
        Examples:
          | form |
          | plain |
          | basic |
          | pair |
          | within |
          | url |
          | url in lower case |
          | form |
          | json |
          | html |
          | repr |
          | wrapped |
          | mime |
          | pprint |

      Scenario Outline: Column
        When the tester writes "<column>"
        Examples:
          | column |
          | {cell} |

      Scenario: Title with {SECRET}
        When the tester writes "{SECRET}"
        And the tester notes:
          """
          <Note secret="{html.escape(SECRET)}">{TOKEN}</Note>
          """
        And the tester lists:
          | what | {cell} |

      Scenario: Exchange
        Given the query parameter "key" is "{SECRET}"
        And the request header "X-Key" is "{TOKEN}"
        When I send a POST request to the iFlow "/x" with the body:
          """
          {{"secret": "{SECRET}", "token": "{TOKEN}"}}
          """
        Then the response status is 500

      Scenario: Environment
        When the variable is read

      Scenario: Found out
        When the worker finds a secret out
        And the worker raises

      Scenario: Crash with {SECRET}
        When the worker finds a secret out
        And the worker dies
    '''


class EchoingService:
    """Grants the token, and answers any call with what it brought."""

    def __call__(self, received: Received) -> Reply:
        """Answer one request."""
        if received.target.startswith("/oauth/token"):
            return token_reply(TOKEN)
        told = {"target": received.target, "headers": dict(received.headers), "body": received.body.decode()}
        return Reply(200, json.dumps(told).encode(), {"Content-Type": "application/json"})


def plant(project: InnerProject, server: LoopbackServer, tenant: LoopbackTenant) -> None:
    """Write the suite, for the tenant "loopback" at ``server``."""
    tenant.client("default", host=server.url, clientid=CLIENT_ID)
    ca_bundle, key = (json.dumps(str(tenant.folder / name)) for name in ("ca.pem", "default.json"))
    project.write(
        "tenants/loopback.toml",
        f"[environments.dev]\nca-bundle = {ca_bundle}\n"
        f'[environments.dev.clients.default]\nservice-key = "file:" + {key}\n'.replace(
            '"file:" + "', '"file:'
        ),
    )
    project.write("conftest.py", CONFTEST)
    project.write("features/planted.feature", feature())
    project.write("tests/test_planted.py", PYTHON_TESTS)
    project.write("tests/test_broken.py", BROKEN)


def found(data: bytes, secrets: Mapping[str, str]) -> set[str]:
    """Return which of ``secrets`` stand in ``data``, in whatever form; names only."""
    return {name for name, secret in secrets.items() if any(_holds(view, secret) for view in _views(data))}


def _views(data: bytes) -> Iterator[bytes]:
    yield data
    # Escaped and real line breaks, indentation and quotes of literals that follow each other.
    joined = re.sub(rb"""['"]?(?:\r?\n|\\n)(?:E   )?[ \t]*(?:b?['"])?""", b"", data)
    yield joined
    decoded = []
    for text in (data, joined):
        for run in re.findall(rb"[A-Za-z0-9+/_-]{8,}", text):
            standard = run.replace(b"-", b"+").replace(b"_", b"/")
            for start in range(4):
                cut = standard[start:]
                with contextlib.suppress(binascii.Error):
                    decoded.append(base64.b64decode(cut[: len(cut) // 4 * 4]))
    yield b"\n".join(decoded)


def _holds(data: bytes, secret: str) -> bool:
    forms = {
        secret,
        quote(secret, safe=""),
        quote(secret),
        re.sub("%..", lambda found: found[0].lower(), quote(secret, safe="")),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(json.dumps(secret)[1:-1])[1:-1],
        html.escape(secret),
        secret.replace("&", "&amp;"),
        repr(secret.encode())[2:-1],
        secret[:24],
        secret[-14:],
    }
    return any(form.encode() in data for form in forms)


def found_below(folder: Path, secrets: Mapping[str, str] = SECRETS) -> dict[str, set[str]]:
    """Return, for each file below ``folder`` that holds secrets, which."""
    held = {
        path.relative_to(folder).as_posix(): found(path.read_bytes(), secrets)
        | found(path.name.encode(), secrets)
        for path in folder.rglob("*")
        if path.is_file()
    }
    return {path: names for path, names in held.items() if names}
