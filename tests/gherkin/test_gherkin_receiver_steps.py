"""Steps about receivers: what is wrong with them is found at collection, and real tenants have none."""

from __future__ import annotations

import contextlib
import json

from tests.engine_flows import bundle_files, end, row, start
from tests.exported_bundles import write, zipped
from tests.inner_project import InnerProject
from tests.loopback_server import LoopbackServer, Received, Reply
from tests.loopback_tenant import token_reply
from tests.mocked_flows import write_flows

pytest_plugins = ["tests.inner_project"]

BROKEN = {
    'Given the receiver "WebShpo" answers with status 200': (
        'no exported iFlow has a receiver "WebShpo"',
        'did you mean "WebShop"? The receivers are "Archive", "Post", "WebShop"; or write its address',
    ),
    'Then the value at "$.id" of the request to the receiver "Webshop" is 7': (
        'no exported iFlow has a receiver "Webshop"',
        'did you mean "WebShop"?',
    ),
    'Given the receiver "WebShop" answers with the file "gone.json"': ("gone.json",),
    'Given the receiver "WebShop" answers with status 999': ("no answer has the status 999",),
    'Given the receiver "WebShop" answers after 3600 seconds': ("no answer comes after 3600 seconds",),
    'Then the value at "$.[" of the request to the receiver "WebShop" is 7': ("$.[",),
    'Given the receiver "WebShop" answers in turn:\\n| status | file |\\n| 200 | lost.json |': ("lost.json",),
    'Given the receiver "WebShop" answers in turn:\\n| status | wen path |\\n| 200 | $.x |': (
        'a table of answers has no column "wen path"',
        'Did you mean "when path"?',
    ),
    'Given the receiver "WebShop" answers in turn:\\n| when path | equals |\\n| $.[ | 1 |': ("$.[",),
    'Given the receiver "WebShop" answers in turn:\\n| equals |\\n| 1 |': ("a row says equals, and no path",),
    'Given the receiver "WebShop" answers in turn:\\n| fault |\\n| gone |': ('there is no fault "gone"',),
    'Given the receiver "WebShop" answers in turn:\\n| status | body |': (
        "the table of answers has no answer",
    ),
    'Given the receiver "WebShop" answers in turn:\\n| header |\\n| five |': ('"five" is no header',),
}
NAMES = {
    'When I start the iFlow "Nigtly"': (
        'the local tenant has no iFlow "Nigtly" that can be started',
        'Did you mean "Nightly"?',
    ),
    'When I start the iFlow "Mocked_Orders"': (
        'the local tenant has no iFlow "Mocked_Orders" that can be started',
        'it is called by HTTP: I send a POST request to the iFlow "/mocked/orders"',
    ),
}
TENANT = """
    [environments.dev.clients.default]
    service-key = "env:SERVICE_KEY"
"""
KEY = {"clientid": "sb-client!b1|it-rt-test!b117912", "clientsecret": "a-secret-of-this-test-only"}


def _scenario(number: int, step: str) -> str:
    return f"  Scenario: broken {number}\n    " + step.replace("\\n", "\n      ") + "\n"


def test_mistakes_are_found_before_anything_is_sent(project: InnerProject) -> None:
    """Names, files, statuses, paths and tables; an address may be any. lint finds them as well."""
    write_flows(project.root)
    timed = bundle_files(row([start(), end()]), own="Nightly", sender="JMS")
    write(project.root / "tenants/local-flows/nightly.zip", zipped(timed))
    broken_steps = {**BROKEN, **NAMES}
    steps = "".join(_scenario(number, step) for number, step in enumerate(broken_steps))
    passes = '  Scenario: passes\n    Given the receiver "https://other.example/x" answers with status 200\n'
    (project.root / "features").mkdir()
    (project.root / "features/f.feature").write_text(f"Feature: F\n{steps}{passes}", encoding="utf-8")
    run = project.run("--tenant=local", "-q")
    found = run.scenarios()
    assert found["passes"]["status"] == "passed", run.text
    lint = project.command("lint")
    for number, (step, said) in enumerate(broken_steps.items()):
        assert said[0] in lint.out
        broken = found[f"broken {number}"]
        assert broken["status"] == "broken", step
        for each in said:
            assert each in broken["message"], broken["message"]


def test_on_a_real_tenant_they_are_skipped(project: InnerProject) -> None:
    """The reason says what there is in their place, and no call is sent for them."""
    project.write("tenants/acme.toml", TENANT)
    feature = """
        Feature: F
          Scenario: mocked
            When I send a POST request to the iFlow "/orders"
            Then the receiver "WebShop" was called
          Scenario: not mocked
            When I send a POST request to the iFlow "/orders"
            Then the response status is 200
    """
    project.write("features/f.feature", feature)
    calls: list[Received] = []

    def answer(received: Received) -> Reply:
        if received.target.startswith("/oauth/token"):
            return token_reply("token-number-1", more={"scope": "it-rt-test!b1.ESBMessaging.send"})
        calls.append(received)
        return Reply(200, b"{}", {"Content-Type": "application/json"})

    with contextlib.closing(LoopbackServer(answer, None)) as server:
        oauth = {**KEY, "url": server.url, "tokenurl": f"{server.url}/oauth/token"}
        run = project.run("--tenant=acme", SERVICE_KEY=json.dumps({"oauth": oauth}))
    found = run.scenarios("acme/dev")
    assert found["mocked"]["status"] == "skipped", run.text
    assert "the receivers of acme/dev cannot be mocked" in found["mocked"]["message"]
    assert "pytest-iflow mock plan" in found["mocked"]["message"]
    assert found["not mocked"]["status"] == "passed"
    assert [each.target for each in calls if each.method == "POST"] == ["/http/orders"]
    assert not any("scenario" in name.lower() for each in calls for name in each.headers)
