#!/usr/bin/env bash
# Run the Dockerfile's steps without a container engine: install the locked wheels and MAS into a fresh Debian with Python
# and git, without a network; then run MAS there as an unprivileged user on a read-only root.
# shellcheck disable=SC2016 # single-quoted scripts are for the inner shells
# Needs root, debootstrap, and .venv (`make setup`). The Debian must have a Python of 3.11 or newer.
set -euo pipefail
cd "$(dirname "$0")/.."
debian=${1:-bookworm} python=${2:-3.11}
mirror=${MIRROR:-$(awk '/^URIs:|^deb /{print $2; exit}' /etc/apt/sources.list /etc/apt/sources.list.d/*.sources 2> /dev/null || true)}
root=$(mktemp -d)
chmod 755 "$root"
trap 'rm -rf --one-file-system "$root"' EXIT
size() { du --summarize --block-size=M "$1" | cut -f1; }

echo "== create a fresh $debian"
debootstrap --variant=minbase --include=python3,python3-venv,git,ca-certificates "$debian" "$root" "$mirror" > "$root.log" ||
  { tail -5 "$root.log"; exit 1; }
rm -rf "$root.log" "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/*
echo "Debian with Python and git: $(size "$root")"

echo "== download the locked wheels"
mkdir -p "$root/wheels"
.venv/bin/pip download --quiet --no-deps --require-hashes --only-binary :all: --python-version "$python" \
  --dest "$root/wheels" --requirement requirements/run.lock
.venv/bin/python -m build --wheel --no-isolation --outdir "$root/wheels" . > /dev/null
cp requirements/run.lock "$root/wheels/"
echo "MAS: $(du --block-size=K "$root"/wheels/mas_docs_bot-*.whl | cut -f1); with its dependencies: $(size "$root/wheels")"

echo "== install as the Dockerfile does, without a network"
unshare --net chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -eu -c '
  python3 -m venv --without-pip /app
  python3 -m venv /build
  pip="/build/bin/pip --python /app/bin/python --quiet --disable-pip-version-check install --no-index --no-deps"
  $pip --find-links /wheels --require-hashes --requirement /wheels/run.lock
  $pip /wheels/mas_docs_bot-*.whl
  useradd --uid 10001 --no-log-init --shell /usr/sbin/nologin --create-home --home-dir /data mas
  rm -rf /build /wheels'
echo "Installed: $(size "$root/app"); Debian and MAS: $(size "$root")"

echo "== run as an unprivileged user on a read-only root"
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
      if touch /app/x 2> /dev/null; then echo the root is writable; exit 1; fi
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
echo "MAS started, answered, and stopped on SIGTERM."
