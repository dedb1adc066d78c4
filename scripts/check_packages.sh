#!/usr/bin/env bash
# Install each package (wheel, sdist) into two clean environments with the locked dependencies, and run it outside the
# source tree: the base installation, which must be small and pass check_base.py, and the image's set of extras. The SBOM
# lists the second environment of the wheel.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
bin=$root/.venv/bin
max=120 # MB of files in a base installation, without the bytecode that pip compiles
clean=$(mktemp -d)
trap 'rm -rf "$clean"' EXIT

install() { # install PACKAGE LOCK: create a clean environment in $clean with both
  local package=$1 lock=$2 pip
  rm -rf "$clean" && "$bin/python" -m venv --without-pip "$clean"
  pip=("$bin/pip" --python "$clean/bin/python" --quiet --disable-pip-version-check install --no-deps)
  if [[ $package != *.whl ]]; then # the build dependencies, also from the lock
    awk '/^[a-z]/ {wanted = /^(hatchling|packaging|pathspec|pluggy|trove-classifiers)==/} wanted' \
      "$root/requirements/dev.lock" > "$clean/build.lock"
    "${pip[@]}" --require-hashes --requirement "$clean/build.lock"
  fi
  "${pip[@]}" --require-hashes --requirement "$root/requirements/$lock"
  "${pip[@]}" --no-build-isolation "$package"
}

size() { # size FIND-ARGUMENT…: print the MB of the environment's packages
  find "$clean"/lib/python3*/site-packages -type f "$@" -printf '%s\n' | awk '{sum += $1} END {printf "%.0f", sum / 1e6}'
}

for package in "$@"; do
  install "$package" base.lock
  "$bin/python" "$root/scripts/check_base.py" "$clean/bin/mas"
  base=$(size -not -name '*.pyc')
  echo "$package: $(du -k "$package" | cut -f1) kB; base installation: $base MB, with bytecode $(size) MB"
  if [[ $package == *.whl ]] && ((base >= max)); then
    echo "The base installation must stay under $max MB." >&2
    exit 1
  fi

  install "$package" run.lock
  (cd "$clean" && bin/mas --version && bin/mas review --help > help)
  (cd "$clean" && ! bin/mas demo 2> help && grep -q 'from a clone' help)
  if [[ $package == *.whl ]]; then
    "$bin/cyclonedx-py" environment --output-reproducible --pyproject "$root/pyproject.toml" "$clean/bin/python" \
      --output-file "$(dirname "$package")/sbom.cdx.json"
  fi
  echo "$package: installed as in the image: $(size) MB"
done
