"""Service keys of the real shape, written to a folder while the landscape runs."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pytest_iflow.emulator.instances import InstanceKey, ServiceInstance
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.start import Planes, Ready, StartError
from pytest_iflow.held_files import remove, remove_or_empty

CA_FILE = "ca.pem"
OWNER_ONLY = 0o600
# Every file written here names a loopback address. A file of the same name without one was not written here:
# it may be the key of a real tenant.
LOOPBACK = "https://127.0.0.1:"


def service_key(instance: ServiceInstance, key: InstanceKey, planes: Planes) -> dict[str, dict[str, Any]]:
    """Lay out a service key of an instance (wire-facts 2.1; ``url`` by plan as in 2.2).

    A key of kind certificate has the fields of wire-facts 2.2; that ``createdate`` is among them is
    assumed.
    """
    created = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    certificate = key.certificate
    if certificate is None:
        proof = {"clientsecret": key.client_secret}
    else:
        proof = {"certificate": certificate.chain, "key": certificate.private_pem}
    return {
        "oauth": {
            "clientid": instance.client_id,
            **proof,
            "url": planes.api if instance.plan == "api" else planes.runtime,
            "createdate": created,
            "tokenurl": planes.token_url,
            **({} if certificate is None else {"certificatedetails": certificate.details()}),
        }
    }


class KeyFolder:
    """The folder that service keys and CA certificate are written to, and removed from at the end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._written: dict[Path, str] = {}

    def write(self, landscape: Landscape, ca: str) -> None:
        """Write all keys and the CA certificate, readable by their owner only; raises StartError."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            for instance in landscape.instances:
                for key in instance.keys:
                    content = service_key(instance, key, landscape.planes)
                    self._write(self.path / key.file, json.dumps(content, indent=2) + "\n")
            self._write(self.path / CA_FILE, f"CA of the local tenant, {landscape.planes.token}\n{ca}")
        except OSError as error:
            raise StartError(
                f"The service keys cannot be written to {self.path}: {error.strerror}. "
                "Name a folder that you may write to with --keys."
            ) from error

    def ready(self, landscape: Landscape) -> Ready:
        """Return where everything is, for the process that waits for the landscape."""
        first_key = self.path / landscape.instances[0].keys[0].file
        return Ready(landscape.planes, self.path, first_key, self.path / CA_FILE)

    def close(self) -> None:
        """Remove what was written: its secrets are worth nothing without the landscape.

        A file that another landscape has written there since stays.
        """
        for path, text in self._written.items():
            # A file that did not fit on the disk holds only the beginning of the text.
            if path.exists() and text.startswith(path.read_text(encoding="utf-8", errors="replace")):
                remove_or_empty(path)
        self._written.clear()

    def _write(self, path: Path, text: str) -> None:
        there = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
        if there and LOOPBACK not in there:
            raise StartError(
                f"{path} exists and is not of a local tenant; it stays as it is. "
                "Name another folder with --keys."
            )
        remove(path)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            self._written[path] = text
            file.write(text)
