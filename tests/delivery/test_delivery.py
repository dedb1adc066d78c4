"""Delivering, against a kubectl of our own that keeps state, fails on demand and can be killed after any command."""

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
from delivery.checks import NotWell, Watch
from delivery.cluster import Cluster, Refused
from delivery.traffic import close, look, switch
from tests.delivery import kubectl as program
from tests.delivery.kubectl import Killed, Kubectl, Refusal

OLD, NEW, NEWER = (f"registry.example.com/mas@sha256:{digit * 64}" for digit in "123")
URL = "https://mas.example.com"
WATCH = Watch(prometheus="monitoring/prometheus:9090", seconds=0, every=0)


@dataclass(frozen=True)
class StandIn(Cluster):
    """A cluster behind our own kubectl."""

    program: Kubectl = field(default_factory=Kubectl)

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        try:
            return self.program.run(list(arguments), stdin)
        except Refusal as refusal:
            said = str(refusal)
        raise Refused(said)


def deliver(cluster: Cluster, image: str, progressive: bool = False) -> None:
    steps.deliver(cluster, image, URL, WATCH, progressive, say=lambda _line: None)


def roll_back(cluster: Cluster) -> None:
    steps.roll_back(cluster, URL, WATCH, say=lambda _line: None)


def settle(cluster: Cluster) -> None:
    steps.settle(cluster, say=lambda _line: None)


@pytest.fixture
def kubectl() -> Kubectl:
    """A namespace in which OLD was delivered; its log is empty."""
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
    def test_ends_with_all_on_the_new_version_and_the_old_one_at_rest(
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

    def test_as_many_pods_as_the_traffic_needs_now(self, cluster: StandIn, kubectl: Kubectl) -> None:
        kubectl.objects["deployment/mas-web-blue"]["spec"]["replicas"] = 7  # the autoscaler's doing

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
    def test_puts_everything_back_when_a_step_fails(
        self, cluster: StandIn, kubectl: Kubectl, fails: str, progressive: bool
    ) -> None:
        kubectl.fails = fails

        with pytest.raises(Refused, match="told to fail"):
            deliver(cluster, NEW, progressive)

        assert all_is_old(kubectl)

    def test_tries_nothing_when_the_migration_fails(self, cluster: StandIn, kubectl: Kubectl) -> None:
        kubectl.sick = f"mas-migration {NEW}"

        with pytest.raises(Refused, match="job/mas-migration failed"):
            deliver(cluster, NEW)

        assert all_is_old(kubectl)
        assert "deployment/mas-web-green" not in kubectl.objects

    def test_puts_web_and_workers_back_when_the_workers_do_not_start(self, cluster: StandIn, kubectl: Kubectl) -> None:
        kubectl.sick = f"mas-worker {NEW}"

        with pytest.raises(Refused, match="timed out waiting for statefulset/mas-worker"):
            deliver(cluster, NEW)

        assert all_is_old(kubectl)

    @pytest.mark.parametrize("progressive", [False, True])
    @pytest.mark.parametrize(
        ("trouble", "told"),
        [
            ({"error_rate": 0.02}, "2.0% of the requests to green end in an error"),
            ({"seen": False}, "Prometheus sees no pod of green"),
        ],
    )
    def test_puts_back_what_prometheus_sees_failing_or_does_not_see(
        self, cluster: StandIn, kubectl: Kubectl, progressive: bool, trouble: dict[str, float | bool], told: str
    ) -> None:
        for name, value in trouble.items():
            setattr(kubectl, name, value)

        with pytest.raises(NotWell, match=told):
            deliver(cluster, NEW, progressive)

        assert all_is_old(kubectl)
        if progressive:
            assert {image for image, _ in kubectl.served} == {OLD}, "all traffic was moved before the watch"

    def test_few_errors_are_no_reason(self, cluster: StandIn, kubectl: Kubectl) -> None:
        kubectl.error_rate = 0.009

        deliver(cluster, NEW)

        assert kubectl.image(kubectl.live) == NEW

    def test_pods_that_stop_being_ready_are_a_reason(self, cluster: StandIn, kubectl: Kubectl) -> None:
        run = kubectl.run

        def sickens(arguments: list[str], stdin: str | None = None) -> str:
            if URL in arguments:
                kubectl.sick = NEW
            return run(arguments, stdin)

        kubectl.run = sickens  # type: ignore[method-assign]
        with pytest.raises(NotWell, match="0 of 3 pods of green are ready"):
            deliver(cluster, NEW)

        assert all_is_old(kubectl)

    @pytest.mark.parametrize("when", ["http://mas-next", URL])
    def test_maintenance_that_is_switched_on_meanwhile_stays_on(
        self, cluster: StandIn, kubectl: Kubectl, when: str
    ) -> None:
        run = kubectl.run

        def interfering(arguments: list[str], stdin: str | None = None) -> str:
            answer = run(arguments, stdin)
            if when in arguments:
                close(cluster, look(cluster))
            return answer

        kubectl.run = interfering  # type: ignore[method-assign]
        with pytest.raises(NotWell, match="maintenance is on"):
            deliver(cluster, NEW)

        assert kubectl.objects["service/mas"]["spec"]["selector"] == {"role": "maintenance"}
        assert look(cluster).stable == "blue"

    def test_somebody_who_moves_the_traffic_meanwhile_is_not_overridden(self, cluster: StandIn) -> None:
        deliver(cluster, NEW)
        seen = look(cluster)
        switch(cluster, seen, "blue")

        with pytest.raises(Refused, match="has been modified"):
            switch(cluster, seen, "green")


def commands_of(way: str) -> int:
    stand_in = Kubectl()
    cluster = StandIn("production", program=stand_in)
    deliver(cluster, OLD)
    if way == "roll_back":
        deliver(cluster, NEW)
    stand_in.log.clear()
    roll_back(cluster) if way == "roll_back" else deliver(cluster, NEW, progressive=True)
    return len(stand_in.log)


class TestKilled:
    @pytest.mark.parametrize("then", ["the same again", "settle", "another"])
    def test_after_any_command_of_a_delivery_a_second_run_mends_it(self, then: str) -> None:
        for after in range(commands_of("deliver")):
            kubectl = Kubectl()
            cluster = StandIn("production", program=kubectl)
            deliver(cluster, OLD)
            kubectl.log.clear()
            kubectl.kill_after = after
            with pytest.raises(Killed):
                deliver(cluster, NEW, progressive=True)
            kubectl.kill_after = None
            assert kubectl.replicas(kubectl.live) == 3, f"after {after} commands nobody answers"

            if then == "settle":
                settle(cluster)
                finished = kubectl.image(kubectl.live) == NEW
                assert all_is_old(kubectl) or (finished and kubectl.workers == NEW and kubectl.replicas("blue") == 0)
            else:
                image = NEW if then == "the same again" else NEWER
                deliver(cluster, image)
                assert (kubectl.image(kubectl.live), kubectl.workers, kubectl.canary) == (image, image, "0")
            assert {replicas for _, replicas in kubectl.served} == {3}

    def test_after_any_command_of_a_rollback_too(self) -> None:
        for after in range(commands_of("roll_back")):
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

    def test_the_first_delivery_of_all_can_be_run_again(self) -> None:
        for after in range(1, 20):
            kubectl = Kubectl(kill_after=after)
            cluster = StandIn("production", program=kubectl)
            with pytest.raises(Killed):
                deliver(cluster, OLD)
            kubectl.kill_after = None

            deliver(cluster, OLD)

            assert all_is_old(kubectl)


class TestRollingBack:
    def test_brings_web_and_workers_of_the_version_before(self, cluster: StandIn, kubectl: Kubectl) -> None:
        deliver(cluster, NEW)

        roll_back(cluster)

        assert all_is_old(kubectl)

    def test_twice_is_forward_again(self, cluster: StandIn, kubectl: Kubectl) -> None:
        deliver(cluster, NEW)

        roll_back(cluster)
        roll_back(cluster)

        assert (kubectl.image(kubectl.live), kubectl.workers) == (NEW, NEW)

    def test_looks_before_it_switches(self, cluster: StandIn, kubectl: Kubectl) -> None:
        deliver(cluster, NEW)
        kubectl.fails = "mas-web-blue .* mas check http://mas-next"

        with pytest.raises(Refused):
            roll_back(cluster)

        assert (kubectl.image(kubectl.live), kubectl.workers) == (NEW, NEW)

    def test_refuses_a_version_that_was_never_found_well(self, cluster: StandIn, kubectl: Kubectl) -> None:
        deliver(cluster, NEW)
        kubectl.fails = "mas check http://mas-next"
        with pytest.raises(Refused):
            deliver(cluster, NEWER)
        kubectl.fails = "$^"

        with pytest.raises(NotWell, match="what waits in blue was never found well"):
            roll_back(cluster)

        assert (kubectl.image(kubectl.live), kubectl.workers) == (NEW, NEW)

    def test_workers_skip_a_revision_that_failed_in_between(self, cluster: StandIn, kubectl: Kubectl) -> None:
        kubectl.sick = f"mas-worker {NEW}"
        with pytest.raises(Refused):
            deliver(cluster, NEW)
        deliver(cluster, NEWER)

        roll_back(cluster)

        assert all_is_old(kubectl)


class TestMaintenance:
    def test_shows_the_page_and_stops_work_and_comes_back_as_it_was(self, cluster: StandIn, kubectl: Kubectl) -> None:
        for _ in range(2):  # a second time changes nothing
            steps.maintenance_on(cluster, say=lambda _line: None)
        assert kubectl.objects["service/mas"]["spec"]["selector"] == {"role": "maintenance"}
        assert kubectl.objects["statefulset/mas-worker"]["spec"]["replicas"] == 0

        steps.maintenance_off(cluster, say=lambda _line: None)

        assert kubectl.objects["service/mas"]["spec"]["selector"] == {"role": "web", "slot": "blue"}
        assert kubectl.objects["statefulset/mas-worker"]["spec"]["replicas"] == 2
        assert all_is_old(kubectl)

    def test_nothing_is_delivered_meanwhile(self, cluster: StandIn, kubectl: Kubectl) -> None:
        steps.maintenance_on(cluster, say=lambda _line: None)

        with pytest.raises(NotWell, match="maintenance is on"):
            deliver(cluster, NEW)

        assert kubectl.objects["service/mas"]["spec"]["selector"] == {"role": "maintenance"}


class TestTheCommand:
    LOOKING = ("--url", URL, "--prometheus", "none", "--watch", "0")

    @pytest.fixture
    def main(self, kubectl: Kubectl, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
        """The command in this process, with our kubectl."""
        monkeypatch.setattr(command, "Cluster", partial(StandIn, program=kubectl))

        def main(*arguments: str) -> int:
            monkeypatch.setattr(sys, "argv", ["delivery", *arguments])
            return command.main()

        return main

    def test_delivers(self, main: Callable[..., int], kubectl: Kubectl, capsys: pytest.CaptureFixture[str]) -> None:
        assert main("blue-green", "production", NEW, *self.LOOKING) == 0

        assert capsys.readouterr().out.splitlines()[-1] == "green: delivered"
        assert kubectl.image(kubectl.live) == NEW

    def test_says_what_was_not_well(
        self, main: Callable[..., int], kubectl: Kubectl, capsys: pytest.CaptureFixture[str]
    ) -> None:
        kubectl.fails = "mas check https"

        assert main("blue-green", "production", NEW, *self.LOOKING) == 1

        said = capsys.readouterr()
        assert "blue: gets the traffic back" in said.out
        assert f"mas check {URL}" in said.err
        assert all_is_old(kubectl)

    def test_says_both_when_it_cannot_be_put_back(
        self, main: Callable[..., int], kubectl: Kubectl, capsys: pytest.CaptureFixture[str]
    ) -> None:
        kubectl.fails = f'mas check {URL}|"slot": "blue"'

        assert main("blue-green", "production", NEW, *self.LOOKING) == 1

        said = capsys.readouterr().err
        assert '"slot": "blue"' in said
        assert "Mend it, then `settle`." in said

    def test_puts_a_delivery_on_record_from_where_the_traffic_is(
        self, main: Callable[..., int], kubectl: Kubectl
    ) -> None:
        assert main("record", "production", "--", "--version", OLD, "--deployer", "octocat") == 0

        assert kubectl.log[-1].endswith(
            "exec deployment/mas-web-blue --container mas -- "
            f"mas audit record-deployment --environment production --version {OLD} --deployer octocat"
        )

    def test_a_progressive_delivery_that_nobody_watches_is_refused(self, main: Callable[..., int]) -> None:
        with pytest.raises(SystemExit, match="needs --prometheus"):
            main("progressive", "production", NEW, *self.LOOKING)

    def test_told_to_end_it_puts_back_what_is_half_done(self, tmp_path: Path, kubectl: Kubectl) -> None:
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

        arguments = [sys.executable, "-m", "delivery", "blue-green", "production", NEW, *self.LOOKING]
        ended = subprocess.run(arguments, env=environment, capture_output=True, check=False)

        assert ended.returncode == 130
        assert all_is_old(Kubectl(**json.loads(state.read_text())))
