# syntax=docker/dockerfile:1
ARG PYTHON=python:3.14-slim

FROM ${PYTHON} AS build
WORKDIR /src
COPY requirements/run.lock requirements/run.lock
RUN python -m venv /app && /app/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements/run.lock
COPY pyproject.toml README.md app.yml ./
COPY bot bot
RUN /app/bin/pip install --no-cache-dir --no-deps .

FROM ${PYTHON}
# git reads the repositories; nothing else is added. Its version is the base image's choice.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --create-home --home-dir /data mas
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH HOST=0.0.0.0 MAS_DATA_DIR=/data PYTHONUNBUFFERED=1
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ.get(\"PORT\", 8000)}/health', timeout=4)"]
CMD ["mas", "serve"]
