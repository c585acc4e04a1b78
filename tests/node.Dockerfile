# A machine for the tests of runs on other machines: an engine, an sshd and a firewall. One user may
# use the engine, another may not.
ARG ENGINE_IMAGE

# hadolint ignore=DL3006
FROM ${ENGINE_IMAGE}
ARG TARGETARCH
ARG PACKAGE_SNAPSHOT=""
ARG PACKAGE_MIRROR=""
# hadolint ignore=DL4006
RUN --mount=type=bind,from=toolchain,source=devops/in_build,target=/run/in_build \
    --mount=type=cache,id=helpers-apt-${TARGETARCH},target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=helpers-apt-lists-${TARGETARCH},target=/var/lib/apt/lists,sharing=locked \
    --mount=type=secret,id=ca_bundle \
    --mount=type=secret,id=install_settings \
    printf '%s\n' openssh-server iproute2 procps \
    | sh /run/in_build/with_settings.sh sh /run/in_build/install_packages.sh \
    && useradd --create-home --shell /bin/bash --groups docker ci \
    && useradd --create-home --shell /bin/bash stranger \
    && mkdir -p /run/sshd
COPY node_start.sh /
CMD ["sh", "/node_start.sh"]
