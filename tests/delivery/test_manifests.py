"""The manifests as kustomize builds them: rules that no schema checks, and assumptions of delivery/."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from bot.cli.main import app
from delivery.cluster import OVERLAYS, UNDELIVERED

Object = dict[str, Any]
BASE = OVERLAYS.parent / "base"
WORKLOADS = ("Deployment", "StatefulSet", "Job", "CronJob")


@pytest.fixture(scope="module", params=["development", "staging", "production"])
def objects(request: pytest.FixtureRequest) -> list[Object]:
    """Return all objects of an overlay."""
    if not shutil.which("kubectl"):
        if os.environ.get("MAS_ALL_TOOLS"):
            pytest.fail("kubectl is missing")
        pytest.skip("kubectl is missing: make check-delivery checks the manifests")
    command = ["kubectl", "kustomize", str(OVERLAYS / request.param)]
    built = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return list(yaml.safe_load_all(built))


def of(objects: list[Object], *kinds: str) -> dict[str, Object]:
    return {each["metadata"]["name"]: each for each in objects if each["kind"] in kinds}


def pod(workload: Object) -> Object:
    spec = workload["spec"]["jobTemplate"]["spec"] if workload["kind"] == "CronJob" else workload["spec"]
    return dict(spec["template"])


def containers(objects: list[Object]) -> Iterator[tuple[str, Object]]:
    for name, workload in of(objects, *WORKLOADS).items():
        for container in pod(workload)["spec"]["containers"]:
            yield name, container


class TestEveryPod:
    def test_is_unprivileged_and_writes_only_to_its_volumes(self, objects: list[Object]) -> None:
        for name, workload in of(objects, *WORKLOADS).items():
            spec = pod(workload)["spec"]
            assert spec["securityContext"]["runAsNonRoot"] is True, name
            assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
            assert (spec["automountServiceAccountToken"], spec["enableServiceLinks"]) == (False, False), name
        for name, container in containers(objects):
            context = container["securityContext"]
            assert context["readOnlyRootFilesystem"] is True, name
            assert (context["allowPrivilegeEscalation"], context["capabilities"]) == (False, {"drop": ["ALL"]}), name

    def test_has_requests_and_limits(self, objects: list[Object]) -> None:
        for name, container in containers(objects):
            assert container["resources"].keys() == {"requests", "limits"}, name

    def test_runs_the_delivered_image(self, objects: list[Object]) -> None:
        assert {container["image"] for _, container in containers(objects)} == {UNDELIVERED}

    def test_has_no_traffic_without_a_policy(self, objects: list[Object]) -> None:
        policies = of(objects, "NetworkPolicy")
        assert policies["mas-nothing-else"]["spec"]["policyTypes"] == ["Ingress", "Egress"]
        (allowed,) = policies["mas-out"]["spec"]["podSelector"]["matchExpressions"]
        roles = {pod(workload)["metadata"]["labels"]["role"] for workload in of(objects, *WORKLOADS).values()}
        assert roles == {*allowed["values"], "maintenance"}


def test_the_web_role_has_the_agreed_resources_and_probes(objects: list[Object]) -> None:
    for slot in ("blue", "green"):
        (container,) = pod(of(objects, "Deployment")[f"mas-web-{slot}"])["spec"]["containers"]
        assert container["resources"] == {
            "requests": {"memory": "512Mi", "cpu": "250m"},
            "limits": {"memory": "1Gi", "cpu": "500m"},
        }
        assert container["livenessProbe"]["httpGet"]["path"] == "/health"
        assert container["readinessProbe"]["httpGet"]["path"] == "/ready"


def test_the_web_role_never_gets_the_apps_key(objects: list[Object]) -> None:
    deployments, workers = of(objects, "Deployment"), of(objects, "StatefulSet")

    def secrets(workload: Object) -> set[str]:
        (container,) = pod(workload)["spec"]["containers"]
        return {each["secretRef"]["name"] for each in container["envFrom"] if "secretRef" in each}

    assert secrets(deployments["mas-web-blue"]) == {"mas", "mas-web"}
    assert secrets(workers["mas-worker"]) == {"mas", "mas-worker"}


def test_the_manifests_contain_no_secret(objects: list[Object]) -> None:
    assert not of(objects, "Secret")
    external = {name for name, each in of(objects, "ExternalSecret").items() if each["spec"]["dataFrom"]}
    assert external == {"mas", "mas-web", "mas-worker", "mas-backup"}


class TestAssumptionsOfDelivery:
    def test_each_slot_is_complete_and_selected_by_its_label(self, objects: list[Object]) -> None:
        for slot in ("blue", "green"):
            selected = {each["kind"] for each in objects if each["metadata"].get("labels", {}).get("slot") == slot}
            assert selected == {"Deployment", "HorizontalPodAutoscaler"}
            deployment = of(objects, "Deployment")[f"mas-web-{slot}"]
            assert deployment["spec"]["selector"]["matchLabels"]["slot"] == slot
            assert "replicas" not in deployment["spec"], "an apply would start an idle slot"
            scaler = of(objects, "HorizontalPodAutoscaler")[f"mas-web-{slot}"]
            assert scaler["spec"]["scaleTargetRef"]["name"] == f"mas-web-{slot}"

    def test_no_service_names_a_slot_so_an_apply_moves_no_traffic(self, objects: list[Object]) -> None:
        for name in ("mas", "mas-next"):
            assert "slot" not in of(objects, "Service")[name]["spec"]["selector"]

    def test_workers_and_migration_are_selected_by_their_role(self, objects: list[Object]) -> None:
        for role in ("worker", "migration"):
            selected = [each["kind"] for each in objects if each["metadata"].get("labels", {}).get("role") == role]
            assert selected == [{"worker": "StatefulSet", "migration": "Job"}[role]]

    def test_the_canary_serves_the_next_version_on_the_same_host(self, objects: list[Object]) -> None:
        ingresses = of(objects, "Ingress")
        rules = {name: ingresses[name]["spec"]["rules"][0] for name in ("mas", "mas-canary")}
        backends = {name: rule["http"]["paths"][0]["backend"]["service"]["name"] for name, rule in rules.items()}
        assert backends == {"mas": "mas", "mas-canary": "mas-next"}
        assert rules["mas"]["host"] == rules["mas-canary"]["host"] == ingresses["mas"]["spec"]["tls"][0]["hosts"][0]
        assert ingresses["mas-canary"]["metadata"]["annotations"]["nginx.ingress.kubernetes.io/canary-weight"] == "0"


def commands() -> Iterator[str]:
    """Yield the commands of pods, Compose containers and the Procfile."""
    for file in ("web/deployment.yaml", "base/worker.yaml", "base/migration.yaml", "base/backup.yaml"):
        (container,) = pod(next(yaml.safe_load_all((OVERLAYS.parent / file).read_text())))["spec"]["containers"]
        yield " ".join(container["args"])
    root = OVERLAYS.parents[1]
    services = yaml.safe_load((root / "docker-compose.yml").read_text())["services"]
    yield from (" ".join(services[name]["command"]) for name in ("web", "worker"))
    yield from (line.partition(": ")[2] for line in (root / "Procfile").read_text().splitlines())


@pytest.mark.parametrize("command", sorted(set(commands())))
def test_every_command_exists_in_mas(command: str) -> None:
    program, *arguments = command.split()

    assert (program, CliRunner().invoke(app, [*arguments, "--help"]).exit_code) == ("mas", 0)


def test_the_maintenance_page_answers_503_and_its_probe_200() -> None:
    page: dict[str, Any] = {"__name__": "maintenance"}
    exec((BASE / "maintenance.py").read_text(), page)
    server = ThreadingHTTPServer(("127.0.0.1", 0), page["Maintenance"])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    root = f"http://127.0.0.1:{server.server_port}"
    try:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urllib.request.Request(f"{root}/webhook", data=b"{}"))
        assert (refused.value.code, refused.value.headers["Retry-After"]) == (503, "300")
        refused.value.close()
        with urllib.request.urlopen(f"{root}/health") as well:
            assert well.status == 200
    finally:
        server.shutdown()
        server.server_close()
