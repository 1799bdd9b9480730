"""What a newcomer does about a missing service key, step by step."""

from __future__ import annotations

from pathlib import Path

from pytest_iflow.tenants.service_key import Plan

_INDENT = "\n              "


def how_to_get_a_key(plan: Plan, file: Path | None, variable: str | None) -> str:
    """Return the steps from the cockpit to a key that is found in ``file`` or through ``variable``."""
    steps = [
        "1. In the SAP BTP cockpit open your subaccount > Instances and Subscriptions, find the instance of",
        f'   "SAP Process Integration Runtime" with plan {plan.value} (create it if there is none),',
        '   and choose "Create service key" in its menu. Copy the JSON that the key shows.',
    ]
    if file:
        steps.append(f"2. Save that JSON as {file}")
    if variable:
        steps += [
            "   or save it elsewhere and set a variable to its path:"
            if file
            else f"2. Save that JSON in a file that git ignores, and set {variable} to its path:",
            f"     Linux, macOS:  export {variable}=/path/to/my.service-key.json",
            f'     PowerShell:    $env:{variable} = "C:\\path\\to\\my.service-key.json"',
            f"   (a line {variable}=... in the file .env does the same; the JSON itself is a good value too)",
        ]
    steps.append("Without an SAP account: pytest --tenant=local")
    return _INDENT.join(steps)
