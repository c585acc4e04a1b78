# A Docker Engine for `--dind`, from the distribution's packages.
ARG BASE_IMAGE
# hadolint ignore=DL3006
FROM ${BASE_IMAGE}
# hadolint ignore=DL3008
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt/lists,sharing=locked \
    rm -f /etc/apt/apt.conf.d/docker-clean \
    && apt-get update \
    && apt-get install --yes --no-install-recommends docker.io docker-cli iptables \
    && mkdir -p /etc/docker \
    && echo '{"features": {"containerd-snapshotter": true}}' > /etc/docker/daemon.json
CMD ["dockerd"]
