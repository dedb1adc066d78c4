"""The cluster as kubectl shows it: one namespace, a handful of calls."""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OVERLAYS = Path(__file__).parent.parent / "k8s" / "overlays"
UNDELIVERED = "mas:undelivered"
"""The image that stands in the manifests until one is delivered."""


class Refused(Exception):
    """kubectl said no, or did not finish in time."""


@dataclass(frozen=True)
class Cluster:
    """One environment's namespace. Every method raises `Refused` when kubectl does.

    Args:
        environment: the overlay's name.
        patience: how long, in seconds, a rollout or a job may take.
    """

    environment: str
    patience: int = 600

    @property
    def namespace(self) -> str:
        """Where all of it is."""
        return f"mas-{self.environment}"

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """What kubectl prints."""
        command = ["kubectl", *arguments]
        done = subprocess.run(command, input=stdin, text=True, capture_output=True, check=False)
        if done.returncode:
            raise Refused(f"kubectl {' '.join(arguments)}: {done.stderr.strip() or done.returncode}")
        return done.stdout

    def here(self, *arguments: str, stdin: str | None = None) -> str:
        """kubectl in our namespace."""
        return self.kubectl("--namespace", self.namespace, *arguments, stdin=stdin)

    def get(self, what: str) -> dict[str, Any]:
        """An object by `kind/name`; empty when there is none."""
        said = self.here("get", what, "--ignore-not-found", "--output", "json")
        return dict(json.loads(said)) if said.strip() else {}

    def patch(self, what: str, change: dict[str, Any]) -> None:
        """A JSON merge patch: None takes a key away. With a `resourceVersion` in it, only if nobody came between."""
        self.here("patch", what, "--type", "merge", "--patch", json.dumps(change))

    def manifests(self, image: str) -> str:
        """The overlay as it is to be applied, with the image in its place."""
        rendered = self.kubectl("kustomize", str(OVERLAYS / self.environment))
        return rendered.replace(f"image: {UNDELIVERED}", f"image: {image}")

    def apply(self, manifests: str, selector: str) -> None:
        """Apply what a label selector picks of them."""
        self.here("apply", "--selector", selector, "--filename", "-", stdin=manifests)

    def scale(self, what: str, replicas: int) -> None:
        """Say how many there are to be."""
        self.here("scale", what, f"--replicas={replicas}")

    def completed(self, job: str) -> None:
        """Wait until a job did its work."""
        end = time.monotonic() + self.patience
        while time.monotonic() < end:
            conditions = self.get(f"job/{job}").get("status", {}).get("conditions", [])
            holds = {each["type"]: each.get("message", "") for each in conditions if each["status"] == "True"}
            if "Complete" in holds:
                return
            if "Failed" in holds:
                raise Refused(f"job/{job} failed: {holds['Failed']}; its logs say why")
            time.sleep(2)
        raise Refused(f"job/{job} did not end within {self.patience} s")

    def rolled_out(self, what: str) -> None:
        """Wait until all pods of it are new and ready."""
        self.here("rollout", "status", what, f"--timeout={self.patience}s")
