# syntax=docker/dockerfile:1
# To pin the base image by digest: --build-arg PYTHON=python:3.14-slim@sha256:…
ARG PYTHON=python:3.14-slim

FROM ${PYTHON} AS build
WORKDIR /src
COPY requirements/run.lock requirements/run.lock
# The venv has no pip. The pip of the build image installs into it.
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m venv --without-pip /app \
 && pip --python /app/bin/python install --no-deps --require-hashes -r requirements/run.lock
COPY pyproject.toml README.md LICENSE app.yml ./
COPY bot bot
RUN --mount=type=cache,target=/root/.cache/pip pip --python /app/bin/python install --no-deps .

FROM ${PYTHON}
# git reads the repositories. pip is removed, so that the image cannot install anything.
# DL3008: the base image determines the version of git.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/* \
 && python -m pip uninstall --yes --no-input pip \
 && useradd --uid 10001 --no-log-init --shell /usr/sbin/nologin --create-home --home-dir /data mas
COPY --from=build /app /app
# No bytecode, because the root file system is read-only (docker run --read-only --tmpfs /tmp).
ENV PATH=/app/bin:$PATH HOST=0.0.0.0 MAS_DATA_DIR=/data PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ.get(\"PORT\", 8000)}/health', timeout=4)"]
CMD ["mas", "serve"]
