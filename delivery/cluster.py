"""The cluster as seen through kubectl: one namespace and a few calls."""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OVERLAYS = Path(__file__).parent.parent / "k8s" / "overlays"
UNDELIVERED = "mas:undelivered"
"""The placeholder image in the manifests."""


class KubectlError(Exception):
    """kubectl failed, or did not finish in time."""


@dataclass(frozen=True)
class Cluster:
    """The namespace of one environment. Every method raises `KubectlError` if kubectl fails.

    Args:
        environment: the name of the overlay.
        timeout: the time limit of a rollout or a job, in seconds.
    """

    environment: str
    timeout: int = 600

    @property
    def namespace(self) -> str:
        """The namespace of the environment."""
        return f"mas-{self.environment}"

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """Run kubectl, and return its stdout."""
        command = ["kubectl", *arguments]
        done = subprocess.run(command, input=stdin, text=True, capture_output=True, check=False)
        if done.returncode:
            raise KubectlError(f"kubectl {' '.join(arguments)}: {done.stderr.strip() or done.returncode}")
        return done.stdout

    def in_namespace(self, *arguments: str, stdin: str | None = None) -> str:
        """Run kubectl in the namespace, and return its stdout."""
        return self.kubectl("--namespace", self.namespace, *arguments, stdin=stdin)

    def get(self, name: str) -> dict[str, Any]:
        """Return an object by `kind/name`; an empty one if it does not exist."""
        text = self.in_namespace("get", name, "--ignore-not-found", "--output", "json")
        return dict(json.loads(text)) if text.strip() else {}

    def patch(self, name: str, change: dict[str, Any]) -> None:
        """Apply a JSON merge patch; None removes a key. With a `resourceVersion`, fail if the object has changed."""
        self.in_namespace("patch", name, "--type", "merge", "--patch", json.dumps(change))

    def manifests(self, image: str) -> str:
        """Render the overlay with an image in place of the placeholder."""
        rendered = self.kubectl("kustomize", str(OVERLAYS / self.environment))
        return rendered.replace(f"image: {UNDELIVERED}", f"image: {image}")

    def apply(self, manifests: str, selector: str) -> None:
        """Apply the manifests that match a label selector."""
        self.in_namespace("apply", "--selector", selector, "--filename", "-", stdin=manifests)

    def scale(self, name: str, replicas: int) -> None:
        """Set the number of replicas."""
        self.in_namespace("scale", name, f"--replicas={replicas}")

    def wait_for_job(self, job: str) -> None:
        """Wait until a job is complete."""
        end = time.monotonic() + self.timeout
        while time.monotonic() < end:
            conditions = self.get(f"job/{job}").get("status", {}).get("conditions", [])
            messages = {each["type"]: each.get("message", "") for each in conditions if each["status"] == "True"}
            if "Complete" in messages:
                return
            if "Failed" in messages:
                raise KubectlError(f"job/{job} failed: {messages['Failed']}; see its logs")
            time.sleep(2)
        raise KubectlError(f"job/{job} did not finish within {self.timeout} s")

    def wait_for_rollout(self, name: str) -> None:
        """Wait until all pods are updated and ready."""
        self.in_namespace("rollout", "status", name, f"--timeout={self.timeout}s")
