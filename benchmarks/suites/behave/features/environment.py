"""The token of the run in behave, as suites usually have it."""

import json
import os
from pathlib import Path

import requests


def before_all(context):
    context.service_key = json.loads(Path(os.environ["IFLOW_SERVICE_KEY"]).read_text(encoding="utf-8"))[
        "oauth"
    ]
    answer = requests.post(
        context.service_key["tokenurl"],
        params={"grant_type": "client_credentials"},
        auth=(context.service_key["clientid"], context.service_key["clientsecret"]),
        timeout=60,
    )
    answer.raise_for_status()
    context.access_token = answer.json()["access_token"]
