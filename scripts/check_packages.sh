#!/usr/bin/env bash
# Each package (a wheel, an sdist) goes into an environment of its own, with nothing but the locked dependencies, and
# runs from a folder where the sources are not at hand. What then is in the wheel's is the bill of materials.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
bin=$root/.venv/bin
clean=$(mktemp -d)
trap 'rm -rf "$clean"' EXIT
for package in "$@"; do
  rm -rf "$clean" && "$bin/python" -m venv --without-pip "$clean"
  pip=("$bin/pip" --python "$clean/bin/python" --quiet --disable-pip-version-check install --no-deps)
  if [[ $package != *.whl ]]; then # the build's own dependencies, by the lock too
    awk '/^[a-z]/ {wanted = /^(hatchling|packaging|pathspec|pluggy|trove-classifiers)==/} wanted' \
      "$root/requirements/dev.lock" > "$clean/build.lock"
    "${pip[@]}" --require-hashes --requirement "$clean/build.lock"
  fi
  "${pip[@]}" --require-hashes --requirement "$root/requirements/run.lock"
  "${pip[@]}" --no-build-isolation "$package"
  (cd "$clean" && bin/mas --version && bin/mas preview --help > help)
  if [[ $package == *.whl ]]; then
    "$bin/cyclonedx-py" environment --output-reproducible --pyproject "$root/pyproject.toml" "$clean/bin/python" \
      --output-file "$(dirname "$package")/sbom.cdx.json"
  fi
  echo "$package: $(du -k "$package" | cut -f1) kB; installed with all it needs: $(du -sm "$clean" | cut -f1) MB"
done
