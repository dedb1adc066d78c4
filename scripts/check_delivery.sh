#!/usr/bin/env bash
# Run every validator of files that are not Python. All of them run; one failure fails the script, and so does a missing
# program. If promtool is missing, it is taken from Debian's package.
# shellcheck disable=SC2329 # functions are called by `check`
set -uo pipefail
cd "$(dirname "$0")/.." || exit
PATH=$PWD/.venv/bin:$PATH
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
failed=0

check() { # check NAME COMMAND…: print the output only if it fails
  local name=$1 output
  shift
  if output=$("$@" 2>&1); then
    echo "ok      $name"
  else
    printf 'FAILED  %s\n%s\n' "$name" "$output"
    failed=1
  fi
}

schema() { # schema NAME FILE…: use a built-in schema of check-jsonschema
  check "schema  ${*:2}" check-jsonschema --builtin-schema "vendor.$1" "${@:2}"
}

promtool() {
  if type -P promtool > /dev/null; then
    command promtool "$@"
  else # extract the package without installing it, so that its service does not start
    test -x .venv/promtool/usr/bin/promtool ||
      (mkdir -p .venv/promtool && cd .venv/promtool && apt-get download prometheus && dpkg-deb --extract prometheus_*.deb .) ||
      { echo "promtool is missing: apt-get install prometheus"; return 1; }
    .venv/promtool/usr/bin/promtool "$@"
  fi
}

overlay() { # build an overlay, and validate it with Kubernetes' schemas
  kubectl kustomize "k8s/overlays/$1" > "$made/$1.yaml" && kubernetes-validate --strict --quiet "$made/$1.yaml"
}

check "workflows: actionlint" actionlint
check "workflows: zizmor" zizmor --offline --no-progress --quiet .
schema github-workflows .github/workflows/*.yml
schema github-actions .github/actions/*/action.yml
schema dependabot .github/dependabot.yml
schema github-issue-forms .github/ISSUE_TEMPLATE/bug.yml .github/ISSUE_TEMPLATE/feature.yml
schema github-issue-config .github/ISSUE_TEMPLATE/config.yml
schema compose-spec docker-compose.yml
check "schema  .gitlab-ci.yml" check-jsonschema --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci .gitlab-ci.yml
check "hooks: pre-commit" pre-commit validate-config .pre-commit-config.yaml
check "image: hadolint" hadolint Dockerfile
for environment in development staging production; do
  check "k8s: $environment" overlay "$environment"
done
check "alerts: promtool" promtool check rules monitoring/alerts.yml
check "alerts: their tests" promtool test rules monitoring/alerts_test.yml
check "prometheus: promtool" promtool check config --syntax-only monitoring/prometheus.yml
check "shell: shellcheck" shellcheck scripts/*.sh .ci/run
check "yaml: yamllint" yamllint --strict .
check "tests/delivery" env MAS_ALL_TOOLS=1 pytest --no-cov -q tests/delivery
exit $failed
