"""A fake kubectl. It keeps the state of one namespace, fails on demand, and can be killed after any command.

It implements only what delivery/ uses. As a program, it keeps its state in `$KUBECTL_STATE`. A pod template consists of
the line with its image.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

Object = dict[str, Any]


def _workload(kind: str, name: str, spec: Object, **labels: str) -> Object:
    return _object(kind, name, spec | {"template": "image: mas:undelivered"}, **labels)


def _object(kind: str, name: str, spec: Object, **labels: str) -> Object:
    return {"kind": kind, "metadata": {"name": name, "labels": labels}, "spec": spec}


OVERLAY = [
    _object("Service", "mas", {"selector": {"role": "web"}}),
    _object("Service", "mas-next", {"selector": {"role": "web"}}),
    _object("Ingress", "mas-canary", {}),
    *(
        _object("HorizontalPodAutoscaler", f"mas-web-{slot}", {"minReplicas": 3}, slot=slot)
        for slot in ("blue", "green")
    ),
    *(_workload("Deployment", f"mas-web-{slot}", {}, role="web", slot=slot) for slot in ("blue", "green")),
    _workload("StatefulSet", "mas-worker", {"replicas": 2}, role="worker"),
    _workload("Job", "mas-migration", {}, role="migration"),
]
"""The output of `kubectl kustomize`, reduced to what matters here."""


class Refusal(Exception):
    """An error message of kubectl, which then exits with 1."""


class Killed(BaseException):
    """The calling process is dead; none of its later commands run."""


@dataclass
class Kubectl:
    """One namespace.

    Args:
        fails: commands that fail, as a regular expression.
        error_rate: the share of failed requests to the newest image, in Prometheus.
        seen: whether Prometheus sees the pods.
        sick: objects that never become ready, as a regular expression on `kind/name image`.
        kill_after: the number of commands before the caller is killed.
    """

    fails: str = "$^"
    error_rate: float = 0
    seen: bool = True
    sick: str = "$^"
    kill_after: int | None = None
    objects: dict[str, Object] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    served: list[tuple[str, int]] = field(default_factory=list)

    # ------------------------------------------------------------ state, for the tests

    def image(self, slot: str) -> str:
        return self._image(f"deployment/mas-web-{slot}")

    def replicas(self, slot: str) -> int:
        return int(self.objects[f"deployment/mas-web-{slot}"]["spec"]["replicas"])

    @property
    def live(self) -> str:
        """The slot that has the traffic; empty if no slot has it."""
        return str(self.objects.get("service/mas", {}).get("spec", {}).get("selector", {}).get("slot", ""))

    @property
    def workers(self) -> str:
        return self._image("statefulset/mas-worker")

    @property
    def canary(self) -> str:
        return str(self.objects["ingress/mas-canary"]["metadata"].get("annotations", {}).get(_CANARY, "0"))

    def _image(self, key: str) -> str:
        return str(self.objects[key]["spec"]["template"]).removeprefix("image: ")

    # ------------------------------------------------------------ the program

    def run(self, arguments: list[str], stdin: str | None = None) -> str:
        if self.kill_after is not None and len(self.log) >= self.kill_after:
            raise Killed
        command = " ".join(arguments)
        self.log.append(command)
        if re.search(self.fails, command):
            raise Refusal(f"failed on demand: {command}")
        arguments = arguments[2:] if arguments[0] == "--namespace" else arguments
        answer = str(getattr(self, f"_{arguments[0]}")(arguments[1:], stdin))
        if self.live:
            self.served.append((self.image(self.live), self.replicas(self.live)))
        return answer

    def _kustomize(self, _arguments: list[str], _stdin: str | None) -> str:
        return json.dumps(OVERLAY)

    def _get(self, arguments: list[str], _stdin: str | None) -> str:
        if arguments[0] == "--raw":
            counted = "count" in arguments[1]
            value = (1.0 if self.seen else 0.0) if counted else self.error_rate
            return json.dumps({"data": {"result": [{"value": [0, str(value)]}] if value else []}})
        found = self.objects.get(arguments[0])
        if found and arguments[0].startswith("deployment/"):
            ready = 0 if self._is_sick(arguments[0]) else found["spec"]["replicas"]
            found = found | {"status": {"readyReplicas": ready}}
        if found and arguments[0].startswith("job/"):
            end = {"type": "Failed" if self._is_sick(arguments[0]) else "Complete", "status": "True"}
            found = found | {"status": {"conditions": [end]}}
        return json.dumps(found) if found else ""

    def _apply(self, arguments: list[str], stdin: str | None) -> str:
        option, selector, *_ = arguments
        assert option == "--selector"
        for wanted in json.loads(stdin or ""):
            if _matches(selector, wanted["metadata"]["labels"]):
                self._apply_one(wanted)
        return ""

    def _apply_one(self, wanted: Object) -> None:
        key = f"{wanted['kind'].lower()}/{wanted['metadata']['name']}"
        live = self.objects.setdefault(key, {"metadata": {"resourceVersion": "1"}, "spec": {"replicas": 1}})
        if wanted["kind"] == "Job" and "kind" in live and live["spec"] != live["spec"] | wanted["spec"]:
            raise Refusal("a job's template cannot be changed")
        # Fields that the manifest does not name do not change.
        live |= {"kind": wanted["kind"], "spec": _merge(live["spec"], wanted["spec"])}
        self._revise(key)

    def _revise(self, key: str) -> None:
        live = self.objects[key]
        if live["kind"] == "StatefulSet":
            name = f"mas-worker-{hashlib.sha256(live['spec']['template'].encode()).hexdigest()[:8]}"
            newest = max([o["revision"] for k, o in self.objects.items() if k.startswith("controllerrevision/")] or [0])
            if live.get("status", {}).get("updateRevision") != name:
                revision = {"revision": newest + 1, "template": live["spec"]["template"]}
                self.objects[f"controllerrevision/{name}"] = revision
            live["status"] = {"updateRevision": name}

    def _delete(self, arguments: list[str], _stdin: str | None) -> str:
        self.objects.pop(arguments[0], None)
        return ""

    def _scale(self, arguments: list[str], _stdin: str | None) -> str:
        self.objects[arguments[0]]["spec"]["replicas"] = int(arguments[1].removeprefix("--replicas="))
        return ""

    def _rollout(self, arguments: list[str], _stdin: str | None) -> str:
        what, key, option = arguments
        if what == "undo":
            number = int(option.removeprefix("--to-revision="))
            chosen = [
                o for k, o in self.objects.items() if k.startswith("controllerrevision/") and o["revision"] == number
            ]
            self.objects[key]["spec"]["template"] = chosen[0]["template"]
            self._revise(key)
        elif self._is_sick(key):
            raise Refusal(f"timed out waiting for {key}")
        return ""

    def _is_sick(self, key: str) -> bool:
        return bool(re.search(self.sick, f"{key} {self._image(key)}"))

    def _patch(self, arguments: list[str], _stdin: str | None) -> str:
        key, change = arguments[0], json.loads(arguments[-1])
        live = self.objects[key]
        seen = change.get("metadata", {}).get("resourceVersion", live["metadata"]["resourceVersion"])
        if seen != live["metadata"]["resourceVersion"]:
            raise Refusal("the object has been modified; please apply your changes to the latest version")
        live |= _merge(live, change)
        live["metadata"]["resourceVersion"] = str(int(seen) + 1)
        return ""

    def _annotate(self, arguments: list[str], _stdin: str | None) -> str:
        name, value = arguments[1].split("=")
        self.objects[arguments[0]]["metadata"].setdefault("annotations", {})[name] = value
        return ""

    def _exec(self, arguments: list[str], _stdin: str | None) -> str:
        if not self.objects[arguments[0]]["spec"]["replicas"]:
            raise Refusal("no pod is running")
        return ""


_CANARY = "nginx.ingress.kubernetes.io/canary-weight"


def _merge(old: Object, new: Object) -> Object:
    """Apply a JSON merge patch (RFC 7396)."""
    result = {key: value for key, value in old.items() if not (key in new and new[key] is None)}
    for key, value in new.items():
        if value is not None:
            result[key] = _merge(result.get(key) or {}, value) if isinstance(value, dict) else value
    return result


def _matches(selector: str, labels: dict[str, str]) -> bool:
    for term in re.split(r",(?![^(]*\))", selector):
        if term.startswith("!"):
            fits = term[1:] not in labels
        elif match := re.fullmatch(r"(\w+) notin \((.+)\)", term):
            fits = labels.get(match[1]) not in match[2].split(",")
        else:
            name, value = term.split("=")
            fits = labels.get(name) == value
        if not fits:
            return False
    return True


def main() -> int:
    state = Path(os.environ["KUBECTL_STATE"])
    kubectl = Kubectl(**json.loads(state.read_text()))
    try:
        print(kubectl.run(sys.argv[1:], None if "apply" not in sys.argv else sys.stdin.read()))
        if re.search(os.environ.get("KUBECTL_ENDS_CALLER", "$^"), " ".join(sys.argv)):
            os.kill(os.getppid(), signal.SIGTERM)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    finally:
        state.write_text(json.dumps(asdict(kubectl)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
