#!/usr/bin/env bash
# What the Dockerfile does, without a container engine: the locked wheels and MAS go into a fresh Debian that has Python
# and git and nothing else of ours, without a network; then it runs there as nobody, on a root that it cannot write to.
# shellcheck disable=SC2016 # what stands in single quotes is for the shells inside
# Needs root, debootstrap, and .venv (`make setup`). The Debian must have a Python of 3.11 or newer.
set -euo pipefail
cd "$(dirname "$0")/.."
debian=${1:-bookworm} python=${2:-3.11}
mirror=${MIRROR:-$(awk '/^URIs:|^deb /{print $2; exit}' /etc/apt/sources.list /etc/apt/sources.list.d/*.sources 2> /dev/null || true)}
root=$(mktemp -d)
chmod 755 "$root"
trap 'rm -rf --one-file-system "$root"' EXIT
size() { du --summarize --block-size=M "$1" | cut -f1; }

echo "== a fresh $debian"
debootstrap --variant=minbase --include=python3,python3-venv,git,ca-certificates "$debian" "$root" "$mirror" > "$root.log" ||
  { tail -5 "$root.log"; exit 1; }
rm -rf "$root.log" "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/*
echo "Debian with Python and git: $(size "$root")"

echo "== the wheels, by the lock"
mkdir -p "$root/wheels"
.venv/bin/pip download --quiet --no-deps --require-hashes --only-binary :all: --python-version "$python" \
  --dest "$root/wheels" --requirement requirements/run.lock
.venv/bin/python -m build --wheel --no-isolation --outdir "$root/wheels" . > /dev/null
cp requirements/run.lock "$root/wheels/"
echo "MAS: $(du --block-size=K "$root"/wheels/mas_docs_bot-*.whl | cut -f1); with all it needs: $(size "$root/wheels")"

echo "== as the Dockerfile installs them, without a network"
unshare --net chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -eu -c '
  python3 -m venv --without-pip /app
  python3 -m venv /build
  pip="/build/bin/pip --python /app/bin/python --quiet --disable-pip-version-check install --no-index --no-deps"
  $pip --find-links /wheels --require-hashes --requirement /wheels/run.lock
  $pip /wheels/mas_docs_bot-*.whl
  useradd --uid 10001 --no-log-init --shell /usr/sbin/nologin --create-home --home-dir /data mas
  rm -rf /build /wheels'
echo "Installed: $(size "$root/app"); Debian and MAS: $(size "$root")"

echo "== as nobody, on a root that cannot be written to"
mkdir -p "$root/key"
openssl genrsa -out "$root/key/app.pem" 2048 2> /dev/null
chmod 755 "$root/key" && chmod 644 "$root/key/app.pem"
export root
unshare --mount --net --pid --fork bash -euo pipefail -c '
  ip link set lo up
  mount --bind "$root" "$root"
  mount -t proc proc "$root/proc"
  mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
  mount -t tmpfs -o uid=10001,mode=700 tmpfs "$root/data"
  mount -o remount,ro,bind "$root"
  exec chroot --userspec=10001:10001 "$root" /usr/bin/env -i PATH=/app/bin:/usr/bin:/bin HOST=127.0.0.1 \
    MAS_DATA_DIR=/data PYTHONDONTWRITEBYTECODE=1 GITHUB_APP_ID=1 GITHUB_PRIVATE_KEY_FILE=/key/app.pem \
    GITHUB_WEBHOOK_SECRET=of-nobody-and-for-nothing sh -eu -c "
      cd /data
      if touch /app/x 2> /dev/null; then echo the root can be written to; exit 1; fi
      mas --version
      mas serve & serving=\$!
      python - << END
import json, time, urllib.request
for _ in range(120):
    try:
        print(json.load(urllib.request.urlopen(\"http://127.0.0.1:8000/health\")))
        break
    except OSError:
        time.sleep(0.5)
else:
    raise SystemExit(\"no answer in a minute\")
END
      kill -TERM \$serving
      wait \$serving"'
echo "It started, answered, and ended when it was told to."
