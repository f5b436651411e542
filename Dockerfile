# The editor and its API in a container.
#
#   docker build -t tbi .                        on the CPU: BiRefNet through OpenVINO, and the built-in model
#   docker build -t tbi:cuda --target cuda .     on an NVIDIA GPU: docker run --gpus all …
#   docker run --read-only --tmpfs /tmp -v tbi:/data -p 7860:7860 --stop-timeout 70 -e TBI_AUTH=… tbi
#
# /data keeps weights and converted networks; uploads and results are in /tmp, and go with the container.

FROM debian:trixie-slim AS base
# tini ends what the renderer leaves behind, and passes signals on.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3 tini \
    && rm -rf /var/lib/apt/lists/*

FROM base AS tools
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends make python3-pip python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && python3 -m venv /opt/uv \
    && /opt/uv/bin/pip install --no-cache-dir uv==0.13.9
ENV PATH=/opt/uv/bin:$PATH \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1 \
    UV_PYTHON_DOWNLOADS=never
WORKDIR /src

# What the packages need, in a layer that only a new lock file changes.
FROM tools AS locked
COPY pyproject.toml uv.lock ./
COPY packages/tbi_core/pyproject.toml packages/tbi_core/
COPY packages/tbi_server/pyproject.toml packages/tbi_server/
ENV UV_PROJECT_ENVIRONMENT=/opt/tbi

FROM locked AS packages-cuda
RUN uv sync --locked --no-install-workspace --compile-bytecode --extra container

# PyTorch's build for a CPU is not on PyPI for every machine: uv knows where it is.
FROM locked AS packages-cpu
ARG TORCH_BACKEND=cpu
RUN uv venv /opt/tbi \
    && uv export --locked --quiet --no-emit-workspace --extra container --no-hashes --output-file all.txt \
    && uv export --locked --quiet --no-emit-workspace --extra container --prune torch --prune torchvision \
        --output-file most.txt \
    && uv pip install --python /opt/tbi --compile-bytecode --requirement most.txt \
    && grep --extended-regexp '^(torch|torchvision)==' all.txt > torch.txt \
    && uv pip install --python /opt/tbi --compile-bytecode --torch-backend "$TORCH_BACKEND" --requirement torch.txt

# The editor and both wheels.
FROM tools AS wheels
COPY . .
RUN make build \
    && uv build --all-packages --wheel --out-dir /dist \
    && mkdir /canvas \
    && cp --recursive web/node_modules/@napi-rs /canvas

FROM base AS runtime
RUN useradd --uid 10001 --create-home tbi && install --directory --owner tbi /data
ENV PATH=/opt/tbi/bin:$PATH \
    HF_HOME=/data/huggingface \
    XDG_CACHE_HOME=/data/cache \
    PYTHONUNBUFFERED=1 \
    TBI_HOST=0.0.0.0 \
    TBI_PORT=7860
VOLUME /data
EXPOSE 7860
STOPSIGNAL SIGTERM
# Alive, as soon as it serves; /readyz tells when the model is loaded.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD \
    ["python3", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"TBI_PORT\"]}/healthz')"]
ENTRYPOINT ["tini", "--", "tbi-server"]

FROM runtime AS cuda
COPY --from=packages-cuda /opt/tbi /opt/tbi
COPY --from=wheels /canvas /opt/tbi/node_modules
RUN --mount=type=bind,from=wheels,source=/dist,target=/dist --mount=type=bind,from=tools,source=/opt/uv,target=/opt/uv \
    /opt/uv/bin/uv pip install --offline --no-cache --no-deps --compile-bytecode --python /opt/tbi /dist/*.whl
USER 10001

FROM runtime AS cpu
COPY --from=packages-cpu /opt/tbi /opt/tbi
COPY --from=wheels /canvas /opt/tbi/node_modules
RUN --mount=type=bind,from=wheels,source=/dist,target=/dist --mount=type=bind,from=tools,source=/opt/uv,target=/opt/uv \
    /opt/uv/bin/uv pip install --offline --no-cache --no-deps --compile-bytecode --python /opt/tbi /dist/*.whl
USER 10001
