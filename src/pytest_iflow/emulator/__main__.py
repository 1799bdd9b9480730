"""The local tenant as a process: ``python -m pytest_iflow.emulator --keys DIR``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pytest_iflow.emulator.ready import Ready
from pytest_iflow.emulator.server import serve
from pytest_iflow.emulator.start_error import StartError

USAGE_ERROR = 2


def main(arguments: list[str] | None = None) -> int:
    """Run until asked to stop; returns the exit code: 0, or 2 if the start was not possible."""
    parser = argparse.ArgumentParser(
        prog="python -m pytest_iflow.emulator",
        description="A local tenant of Cloud Integration on loopback. Prints one line of JSON when ready.",
    )
    parser.add_argument("--keys", type=Path, required=True, help="folder for service keys and ca.pem")
    parser.add_argument("--port", type=int, default=0, help="token; runtime and API follow; 0: free ports")
    # JSON is all that this process prints; the option exists so that both ways to start it read alike.
    parser.add_argument("--json", action="store_true", help="print JSON, as it does anyway")
    parser.add_argument("--until-stdin-closes", action="store_true", help="stop at the end of stdin too")
    options = parser.parse_args(arguments)
    try:
        serve(options.keys, options.port, options.until_stdin_closes, announce=_print_ready_line)
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return USAGE_ERROR
    return 0


def _print_ready_line(ready: Ready) -> None:
    sys.stdout.write(ready.line())
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
