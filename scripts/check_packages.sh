#!/usr/bin/env bash
# Each package (a wheel, an sdist) goes into an environment of its own, with nothing but the locked dependencies, and
# runs from a folder where the sources are not at hand.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
for package in "$@"; do
  clean=$(mktemp -d)
  trap 'rm -rf "$clean"' EXIT
  python3 -m venv "$clean"
  pip=("$clean/bin/pip" --quiet --disable-pip-version-check install --no-deps)
  "${pip[@]}" --require-hashes --requirement "$root/requirements/run.lock"
  case $package in
    *.whl) "${pip[@]}" "$package" ;;
    *) # the build's own dependencies are of the lock, too
      awk '/^[a-z]/ {wanted = /^(hatchling|packaging|pathspec|pluggy|trove-classifiers)==/} wanted' \
        "$root/requirements/dev.lock" > "$clean/build.lock"
      "${pip[@]}" --require-hashes --requirement "$clean/build.lock"
      "${pip[@]}" --no-build-isolation "$package" ;;
  esac
  (cd "$clean" && bin/mas --version && bin/python -m bot --help > help && bin/pip check)
  echo "$package: $(du -h "$package" | cut -f1); installed with all it needs: $(du -sh "$clean/lib" | cut -f1)"
  rm -rf "$clean"
done
