"""The local tenant as a process: ``python -m pytest_iflow.emulator --keys DIR``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pytest_iflow.emulator.faults.settings import FaultSettings
from pytest_iflow.emulator.rsa_keys import begin_rsa_keys
from pytest_iflow.emulator.start import DEFAULT_PROFILE, NamedBundleError, Ready, StartError, profile_named

USAGE_ERROR = 2
BUNDLES_ERROR = 3


def main(arguments: list[str] | None = None) -> int:
    """Run until asked to stop; returns the exit code: 0, or 2 if the start was not possible.

    With bundles of a tenant file that cannot be run it is 3.
    """
    given = _parser().parse_args(arguments)
    try:
        profile = profile_named(given.profile)
        faults = FaultSettings.parse(given.fault, given.seed)
        begin_rsa_keys()
        # The keys take as long as the imports of the server, and are made while it is imported.
        from pytest_iflow.emulator.server import Options, serve

        options = Options(
            keys=given.keys,
            port=given.port,
            until_stdin_closes=given.until_stdin_closes,
            profile=profile,
            faults=faults,
            flows=given.flows,
            bundles=given.bundles,
            log=given.log,
        )
        serve(options, announce=_print_ready_line)
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return BUNDLES_ERROR if isinstance(error, NamedBundleError) else USAGE_ERROR
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pytest_iflow.emulator",
        description="A local tenant of Cloud Integration on loopback. Prints one line of JSON when ready.",
    )
    add = parser.add_argument
    add("--keys", type=Path, required=True, help="folder for service keys and ca.pem")
    add("--port", type=int, default=0, help="token; runtime and API follow; 0: free ports")
    # JSON is all that this process prints; the option exists so that both ways to start it read alike.
    add("--json", action="store_true", help="print JSON, as it does anyway")
    add("--until-stdin-closes", action="store_true", help="stop at the end of stdin too")
    add("--profile", default=DEFAULT_PROFILE, metavar="YEAR", help="behave like a tenant of that year")
    add("--fault", action="append", default=[], metavar="NAME=VALUE", help="repeatable, as in latency=0.2")
    add("--seed", type=int, default=0, help="which requests the faults hit")
    add("--flows", type=Path, help="folder with flows of your own")
    add("--bundles", type=Path, help="JSON file with the bundles of a tenant file")
    add("--log", metavar="FILE", help="append a line for each request; - is standard error")
    return parser


def _print_ready_line(ready: Ready) -> None:
    sys.stdout.write(ready.line())
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
