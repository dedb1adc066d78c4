#!/usr/bin/env bash
# install_locked.sh PYTHON VENV LOCK: create a virtual environment, install the packages of a hashed lock, and install
# this checkout of MAS in editable mode. Prints its progress, because it takes a minute or more.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$1 venv=$2 lock=$3
count=$(grep -c '^[A-Za-z0-9]' "$lock")
if [[ -t 1 ]]; then terminal=1; else terminal=0; fi

echo "Installing about $count packages from $lock into $venv, once. This takes a minute or two."
"$python" -m venv "$venv"
"$venv/bin/python" -m pip install --disable-pip-version-check --progress-bar off --no-color --no-deps --require-hashes \
  --requirement "$lock" |
  awk -v count="$count" -v terminal="$terminal" '
    /^Collecting / {
      sub(/==.*/, "", $2)
      n++
      if (terminal) printf "\r\033[K  %d of %d: %s", n, count, $2
      else if (n % 20 == 0) printf "  %d of %d\n", n, count
    }
    /^Installing collected/ { printf "%s  unpacking\n", terminal ? "\r\033[K" : "" }
    { fflush() }'
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
touch "$venv/.installed"
echo "Installed: $venv/bin/mas"
