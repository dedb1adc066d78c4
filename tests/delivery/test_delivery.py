"""Deliveries with a fake kubectl, which keeps state, fails on demand and can be killed after any command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import pytest

from delivery import __main__ as command
from delivery import steps
from delivery.checks import Unhealthy, Watch
from delivery.cluster import Cluster, KubectlError
from delivery.traffic import read_traffic, show_maintenance, switch
from tests.delivery import kubectl as program
from tests.delivery.kubectl import Killed, Kubectl, Refusal

OLD, NEW, NEWER = (f"registry.example.com/mas@sha256:{digit * 64}" for digit in "123")
URL = "https://mas.example.com"
WATCH = Watch(prometheus="monitoring/prometheus:9090", seconds=0, every=0)


@dataclass(frozen=True)
class StandIn(Cluster):
    """A cluster behind the fake kubectl."""

    program: Kubectl = field(default_factory=Kubectl)

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        try:
            return self.program.run(list(arguments), stdin)
        except Refusal as refusal:
            message = str(refusal)
        raise KubectlError(message)


def deliver(cluster: Cluster, image: str, progressive: bool = False) -> None:
    steps.deliver(cluster, image, URL, WATCH, progressive, say=lambda _line: None)


def roll_back(cluster: Cluster) -> None:
    steps.roll_back(cluster, URL, WATCH, say=lambda _line: None)


def settle(cluster: Cluster) -> None:
    steps.settle(cluster, say=lambda _line: None)


@pytest.fixture
def kubectl() -> Kubectl:
    """A namespace with OLD delivered, and an empty log."""
    stand_in = Kubectl()
    deliver(StandIn("production", program=stand_in), OLD)
    stand_in.log.clear()
    stand_in.served.clear()
    return stand_in


@pytest.fixture
def cluster(kubectl: Kubectl) -> StandIn:
    return StandIn("production", program=kubectl)


def all_is_old(kubectl: Kubectl) -> bool:
    other = "green" if kubectl.live == "blue" else "blue"
    resting = f"deployment/mas-web-{other}" not in kubectl.objects or kubectl.replicas(other) == 0
    served = (kubectl.image(kubectl.live), kubectl.replicas(kubectl.live))
    return served == (OLD, 3) and kubectl.workers == OLD and kubectl.canary == "0" and resting


class TestDelivering:
    @pytest.mark.parametrize("progressive", [False, True])
    def test_moves_everything_to_the_new_version_and_scales_the_old_one_to_zero(
        self, cluster: StandIn, kubectl: Kubectl, progressive: bool
    ) -> None:
        deliver(cluster, NEW, progressive)

        assert (kubectl.live, kubectl.image("green"), kubectl.replicas("green")) == ("green", NEW, 3)
        assert (kubectl.workers, kubectl.canary) == (NEW, "0")
        assert (kubectl.image("blue"), kubectl.replicas("blue")) == (OLD, 0)

    def test_moves_the_traffic_only_after_migration_readiness_and_smoke_tests(
        self, cluster: StandIn, kubectl: Kubectl
    ) -> None:
        deliver(cluster, NEW)

        wanted = [
            "get job/mas-migration",
            "rollout status deployment/mas-web-green",
            'patch service/mas-next --type merge --patch {"spec": {"selector": {"slot": "green"}}}',
            "exec deployment/mas-web-green --container mas -- mas check http://mas-next",
            '{"spec": {"selector": {"role": "web", "slot": "green"}}',
            f"mas check {URL}",
            "apply --selector role=worker",
        ]
        at = [next(i for i, command in enumerate(kubectl.log) if each in command) for each in wanted]
        assert at == sorted(at)

    def test_leaves_no_moment_without_pods_behind_the_traffic(self, cluster: StandIn, kubectl: Kubectl) -> None:
        deliver(cluster, NEW)

        assert {replicas for _, replicas in kubectl.served} == {3}

    def test_starts_as_many_pods_as_serve_the_traffic(self, cluster: StandIn, kubectl: Kubectl) -> None:
        kubectl.objects["deployment/mas-web-blue"]["spec"]["replicas"] = 7  # set by the autoscaler

        deliver(cluster, NEW)

        assert kubectl.replicas("green") == 7

    @pytest.mark.parametrize("progressive", [False, True])
    @pytest.mark.parametrize(
        "fails",
        [
            "apply --selector role=migration",
            "apply --selector slot=green",
            "rollout status deployment/mas-web-green",
            "mas check http://mas-next",
            f"mas check {URL}",
            "apply --selector role=worker",
        ],
    )
    def test_rolls_back_when_a_step_fails(
        self, cluster: StandIn, kubectl: Kubectl, fails: str, progressive: bool
    ) -> None:
        kubectl.fails = fails

        with pytest.raises(KubectlError, match="failed on demand"):
            deliver(cluster, NEW, progressive)

        assert all_is_old(kubectl)

    def test_starts_nothing_when_the_migration_fails(self, cluster: StandIn, kubectl: Kubectl) -> None:
        kubectl.sick = f"mas-migration {NEW}"

        with pytest.raises(KubectlError, match="job/mas-migration failed"):
            deliver(cluster, NEW)

        assert all_is_old(kubectl)
        assert "deployment/mas-web-green" not in kubectl.objects

    def test_rolls_back_web_and_workers_when_the_workers_do_not_start(self, cluster: StandIn, kubectl: Kubectl) -> None:
        kubectl.sick = f"mas-worker {NEW}"

        with pytest.raises(KubectlError, match="timed out waiting for statefulset/mas-worker"):
            deliver(cluster, NEW)

        assert all_is_old(kubectl)

    @pytest.mark.parametrize("progressive", [False, True])
    @pytest.mark.parametrize(
        ("trouble", "message"),
        [
            ({"error_rate": 0.02}, "2.0% of the requests to green fail"),
            ({"seen": False}, "Prometheus sees no pod of green"),
        ],
    )
    def test_rolls_back_when_prometheus_sees_errors_or_no_pods(
        self, cluster: StandIn, kubectl: Kubectl, progressive: bool, trouble: dict[str, float | bool], message: str
    ) -> None:
        for name, value in trouble.items():
            setattr(kubectl, name, value)

        with pytest.raises(Unhealthy, match=message):
            deliver(cluster, NEW, progressive)

        assert all_is_old(kubectl)
        if progressive:
            assert {image for image, _ in kubectl.served} == {OLD}, "all traffic was moved before the watch"

    def test_tolerates_few_errors(self, cluster: StandIn, kubectl: Kubectl) -> None:
        kubectl.error_rate = 0.009

        deliver(cluster, NEW)

        assert kubectl.image(kubectl.live) == NEW

    def test_rolls_back_when_pods_stop_being_ready(self, cluster: StandIn, kubectl: Kubectl) -> None:
        run = kubectl.run

        def sickens(arguments: list[str], stdin: str | None = None) -> str:
            if URL in arguments:
                kubectl.sick = NEW
            return run(arguments, stdin)

        kubectl.run = sickens  # type: ignore[method-assign]
        with pytest.raises(Unhealthy, match="0 of 3 pods of green are ready"):
            deliver(cluster, NEW)

        assert all_is_old(kubectl)

    @pytest.mark.parametrize("when", ["http://mas-next", URL])
    def test_keeps_maintenance_that_was_switched_on_during_the_delivery(
        self, cluster: StandIn, kubectl: Kubectl, when: str
    ) -> None:
        run = kubectl.run

        def interfering(arguments: list[str], stdin: str | None = None) -> str:
            answer = run(arguments, stdin)
            if when in arguments:
                show_maintenance(cluster, read_traffic(cluster))
            return answer

        kubectl.run = interfering  # type: ignore[method-assign]
        with pytest.raises(Unhealthy, match="maintenance is on"):
            deliver(cluster, NEW)

        assert kubectl.objects["service/mas"]["spec"]["selector"] == {"role": "maintenance"}
        assert read_traffic(cluster).stable == "blue"

    def test_does_not_override_someone_else_who_moved_the_traffic(self, cluster: StandIn) -> None:
        deliver(cluster, NEW)
        seen = read_traffic(cluster)
        switch(cluster, seen, "blue")

        with pytest.raises(KubectlError, match="has been modified"):
            switch(cluster, seen, "green")


def count_commands(command: str) -> int:
    stand_in = Kubectl()
    cluster = StandIn("production", program=stand_in)
    deliver(cluster, OLD)
    if command == "roll_back":
        deliver(cluster, NEW)
    stand_in.log.clear()
    roll_back(cluster) if command == "roll_back" else deliver(cluster, NEW, progressive=True)
    return len(stand_in.log)


class TestKilled:
    @pytest.mark.parametrize("then", ["the same again", "settle", "another"])
    def test_a_second_run_repairs_a_delivery_killed_after_any_command(self, then: str) -> None:
        for after in range(count_commands("deliver")):
            kubectl = Kubectl()
            cluster = StandIn("production", program=kubectl)
            deliver(cluster, OLD)
            kubectl.log.clear()
            kubectl.kill_after = after
            with pytest.raises(Killed):
                deliver(cluster, NEW, progressive=True)
            kubectl.kill_after = None
            assert kubectl.replicas(kubectl.live) == 3, f"no pod serves the traffic after {after} commands"

            if then == "settle":
                settle(cluster)
                finished = kubectl.image(kubectl.live) == NEW
                assert all_is_old(kubectl) or (finished and kubectl.workers == NEW and kubectl.replicas("blue") == 0)
            else:
                image = NEW if then == "the same again" else NEWER
                deliver(cluster, image)
                assert (kubectl.image(kubectl.live), kubectl.workers, kubectl.canary) == (image, image, "0")
            assert {replicas for _, replicas in kubectl.served} == {3}

    def test_settle_repairs_a_rollback_killed_after_any_command(self) -> None:
        for after in range(count_commands("roll_back")):
            kubectl = Kubectl()
            cluster = StandIn("production", program=kubectl)
            deliver(cluster, OLD)
            deliver(cluster, NEW)
            kubectl.log.clear()
            kubectl.kill_after = after
            with pytest.raises(Killed):
                roll_back(cluster)
            kubectl.kill_after = None

            settle(cluster)

            assert kubectl.image(kubectl.live) == kubectl.workers
            assert kubectl.replicas(kubectl.live) == 3

    def test_the_first_delivery_can_be_run_again(self) -> None:
        for after in range(1, 20):
            kubectl = Kubectl(kill_after=after)
            cluster = StandIn("production", program=kubectl)
            with pytest.raises(Killed):
                deliver(cluster, OLD)
            kubectl.kill_after = None

            deliver(cluster, OLD)

            assert all_is_old(kubectl)


class TestRollingBack:
    def test_restores_web_and_workers_of_the_previous_version(self, cluster: StandIn, kubectl: Kubectl) -> None:
        deliver(cluster, NEW)

        roll_back(cluster)

        assert all_is_old(kubectl)

    def test_a_second_rollback_returns_to_the_newer_version(self, cluster: StandIn, kubectl: Kubectl) -> None:
        deliver(cluster, NEW)

        roll_back(cluster)
        roll_back(cluster)

        assert (kubectl.image(kubectl.live), kubectl.workers) == (NEW, NEW)

    def test_checks_before_it_switches(self, cluster: StandIn, kubectl: Kubectl) -> None:
        deliver(cluster, NEW)
        kubectl.fails = "mas-web-blue .* mas check http://mas-next"

        with pytest.raises(KubectlError):
            roll_back(cluster)

        assert (kubectl.image(kubectl.live), kubectl.workers) == (NEW, NEW)

    def test_refuses_a_version_that_was_never_healthy(self, cluster: StandIn, kubectl: Kubectl) -> None:
        deliver(cluster, NEW)
        kubectl.fails = "mas check http://mas-next"
        with pytest.raises(KubectlError):
            deliver(cluster, NEWER)
        kubectl.fails = "$^"

        with pytest.raises(Unhealthy, match="the version in blue was never healthy"):
            roll_back(cluster)

        assert (kubectl.image(kubectl.live), kubectl.workers) == (NEW, NEW)

    def test_workers_skip_a_revision_that_failed(self, cluster: StandIn, kubectl: Kubectl) -> None:
        kubectl.sick = f"mas-worker {NEW}"
        with pytest.raises(KubectlError):
            deliver(cluster, NEW)
        deliver(cluster, NEWER)

        roll_back(cluster)

        assert all_is_old(kubectl)


class TestMaintenance:
    def test_shows_the_page_stops_the_workers_and_restores_both(self, cluster: StandIn, kubectl: Kubectl) -> None:
        for _ in range(2):  # the second run changes nothing
            steps.maintenance_on(cluster, say=lambda _line: None)
        assert kubectl.objects["service/mas"]["spec"]["selector"] == {"role": "maintenance"}
        assert kubectl.objects["statefulset/mas-worker"]["spec"]["replicas"] == 0

        steps.maintenance_off(cluster, say=lambda _line: None)

        assert kubectl.objects["service/mas"]["spec"]["selector"] == {"role": "web", "slot": "blue"}
        assert kubectl.objects["statefulset/mas-worker"]["spec"]["replicas"] == 2
        assert all_is_old(kubectl)

    def test_refuses_a_delivery_during_maintenance(self, cluster: StandIn, kubectl: Kubectl) -> None:
        steps.maintenance_on(cluster, say=lambda _line: None)

        with pytest.raises(Unhealthy, match="maintenance is on"):
            deliver(cluster, NEW)

        assert kubectl.objects["service/mas"]["spec"]["selector"] == {"role": "maintenance"}


class TestTheCommand:
    WATCHING = ("--url", URL, "--prometheus", "none", "--watch", "0")

    @pytest.fixture
    def main(self, kubectl: Kubectl, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
        """The command line in this process, with the fake kubectl."""
        monkeypatch.setattr(command, "Cluster", partial(StandIn, program=kubectl))

        def main(*arguments: str) -> int:
            monkeypatch.setattr(sys, "argv", ["delivery", *arguments])
            return command.main()

        return main

    def test_delivers(self, main: Callable[..., int], kubectl: Kubectl, capsys: pytest.CaptureFixture[str]) -> None:
        assert main("blue-green", "production", NEW, *self.WATCHING) == 0

        assert capsys.readouterr().out.splitlines()[-1] == "green: delivered"
        assert kubectl.image(kubectl.live) == NEW

    def test_reports_why_a_delivery_failed(
        self, main: Callable[..., int], kubectl: Kubectl, capsys: pytest.CaptureFixture[str]
    ) -> None:
        kubectl.fails = "mas check https"

        assert main("blue-green", "production", NEW, *self.WATCHING) == 1

        output = capsys.readouterr()
        assert "blue: traffic restored" in output.out
        assert f"mas check {URL}" in output.err
        assert all_is_old(kubectl)

    def test_reports_both_errors_when_the_rollback_fails(
        self, main: Callable[..., int], kubectl: Kubectl, capsys: pytest.CaptureFixture[str]
    ) -> None:
        kubectl.fails = f'mas check {URL}|"slot": "blue"'

        assert main("blue-green", "production", NEW, *self.WATCHING) == 1

        errors = capsys.readouterr().err
        assert '"slot": "blue"' in errors
        assert "Fix the cluster, then run `settle`." in errors

    def test_records_a_delivery_from_a_pod_that_has_the_traffic(
        self, main: Callable[..., int], kubectl: Kubectl
    ) -> None:
        assert main("record", "production", "--", "--version", OLD, "--deployer", "octocat") == 0

        assert kubectl.log[-1].endswith(
            "exec deployment/mas-web-blue --container mas -- "
            f"mas audit record-deployment --environment production --version {OLD} --deployer octocat"
        )

    def test_refuses_a_progressive_delivery_without_prometheus(self, main: Callable[..., int]) -> None:
        with pytest.raises(SystemExit, match="needs --prometheus"):
            main("progressive", "production", NEW, *self.WATCHING)

    def test_rolls_back_on_sigterm(self, tmp_path: Path, kubectl: Kubectl) -> None:
        state = tmp_path / "state"
        state.write_text(json.dumps(asdict(kubectl)))
        (tmp_path / "kubectl").write_text(f"#!{sys.executable} -IS\n{Path(program.__file__).read_text()}")
        (tmp_path / "kubectl").chmod(0o755)
        environment = {
            "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(Path(program.__file__).parents[2]),
            "KUBECTL_STATE": str(state),
            "KUBECTL_ENDS_CALLER": "mas check https",
        }

        arguments = [sys.executable, "-m", "delivery", "blue-green", "production", NEW, *self.WATCHING]
        ended = subprocess.run(arguments, env=environment, capture_output=True, check=False)

        assert ended.returncode == 130
        assert all_is_old(Kubectl(**json.loads(state.read_text())))
