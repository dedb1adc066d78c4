#!/usr/bin/env bash
# Each package (a wheel, an sdist) goes into two environments of its own, with nothing but the locked dependencies, and
# runs from a folder where the sources are not at hand: the base installation, which must be light and do its part
# (check_base.py), and all that the image has. What is in the wheel's second one is the bill of materials.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
bin=$root/.venv/bin
most=120 # MB of files that a base installation may have, without the bytecode that pip compiles
clean=$(mktemp -d)
trap 'rm -rf "$clean"' EXIT

install() { # install PACKAGE LOCK: a fresh environment in $clean with both
  local package=$1 lock=$2 pip
  rm -rf "$clean" && "$bin/python" -m venv --without-pip "$clean"
  pip=("$bin/pip" --python "$clean/bin/python" --quiet --disable-pip-version-check install --no-deps)
  if [[ $package != *.whl ]]; then # the build's own dependencies, by the lock too
    awk '/^[a-z]/ {wanted = /^(hatchling|packaging|pathspec|pluggy|trove-classifiers)==/} wanted' \
      "$root/requirements/dev.lock" > "$clean/build.lock"
    "${pip[@]}" --require-hashes --requirement "$clean/build.lock"
  fi
  "${pip[@]}" --require-hashes --requirement "$root/requirements/$lock"
  "${pip[@]}" --no-build-isolation "$package"
}

size() { # size FIND-ARGUMENT…: MB of the environment's packages
  find "$clean"/lib/python3*/site-packages -type f "$@" -printf '%s\n' | awk '{sum += $1} END {printf "%.0f", sum / 1e6}'
}

for package in "$@"; do
  install "$package" base.lock
  "$bin/python" "$root/scripts/check_base.py" "$clean/bin/mas"
  base=$(size -not -name '*.pyc')
  echo "$package: $(du -k "$package" | cut -f1) kB; the base installation: $base MB, and with bytecode $(size) MB"
  if [[ $package == *.whl ]] && ((base >= most)); then
    echo "The base installation has $most MB or more." >&2
    exit 1
  fi

  install "$package" run.lock
  (cd "$clean" && bin/mas --version && bin/mas review --help > help)
  (cd "$clean" && ! bin/mas demo 2> help && grep -q 'from a clone' help)
  if [[ $package == *.whl ]]; then
    "$bin/cyclonedx-py" environment --output-reproducible --pyproject "$root/pyproject.toml" "$clean/bin/python" \
      --output-file "$(dirname "$package")/sbom.cdx.json"
  fi
  echo "$package: as in the image: $(size) MB"
done
