# What dirs that start containers are given besides their image: a Docker client, as files that are
# mounted, and with `--dind` an engine. Both come from the distribution's packages. And what runs dirs
# on another host: the worker of `--hosts`.
#
# Secrets, both optional, as in the Dockerfile of the dirs' images.

ARG BASE_IMAGE

# hadolint ignore=DL3006
FROM ${BASE_IMAGE} AS base

FROM base AS client_packages
ARG TARGETARCH
ARG PACKAGE_SNAPSHOT=""
ARG PACKAGE_MIRROR=""
# hadolint ignore=DL4006
RUN --mount=type=bind,from=toolchain,source=devops/in_build,target=/run/in_build \
    --mount=type=cache,id=helpers-apt-${TARGETARCH},target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=helpers-apt-lists-${TARGETARCH},target=/var/lib/apt/lists,sharing=locked \
    --mount=type=secret,id=ca_bundle \
    --mount=type=secret,id=install_settings \
    printf '%s\n' 'docker-cli | docker.io' 'docker-buildx | -' \
        'docker-compose>=2 | docker-compose-v2 | -' \
    | sh /run/in_build/with_settings.sh sh /run/in_build/install_packages.sh \
    && mkdir /client \
    && cp --dereference /usr/bin/docker /client/ \
    && for plugins in /usr/libexec/docker/cli-plugins /usr/lib/docker/cli-plugins; do \
        if [ -d "${plugins}" ]; then cp --recursive --dereference "${plugins}" /client/; fi; \
    done

FROM scratch AS client
COPY --from=client_packages /client/ /

FROM base AS engine
ARG TARGETARCH
ARG PACKAGE_SNAPSHOT=""
ARG PACKAGE_MIRROR=""
# hadolint ignore=DL4006
RUN --mount=type=bind,from=toolchain,source=devops/in_build,target=/run/in_build \
    --mount=type=cache,id=helpers-apt-${TARGETARCH},target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=helpers-apt-lists-${TARGETARCH},target=/var/lib/apt/lists,sharing=locked \
    --mount=type=secret,id=ca_bundle \
    --mount=type=secret,id=install_settings \
    printf '%s\n' docker.io 'docker-cli | docker.io' iptables \
    | sh /run/in_build/with_settings.sh sh /run/in_build/install_packages.sh \
    && mkdir -p /etc/docker \
    && echo '{"features": {"containerd-snapshotter": true}}' > /etc/docker/daemon.json
CMD ["dockerd"]

FROM base AS worker
ARG TARGETARCH
ARG PACKAGE_SNAPSHOT=""
ARG PACKAGE_MIRROR=""
# hadolint ignore=DL4006
RUN --mount=type=bind,from=toolchain,source=devops/in_build,target=/run/in_build \
    --mount=type=cache,id=helpers-apt-${TARGETARCH},target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=helpers-apt-lists-${TARGETARCH},target=/var/lib/apt/lists,sharing=locked \
    --mount=type=secret,id=ca_bundle \
    --mount=type=secret,id=install_settings \
    printf '%s\n' git 'docker-cli | docker.io' 'docker-compose>=2 | docker-compose-v2 | -' \
    | sh /run/in_build/with_settings.sh sh /run/in_build/install_packages.sh
# One environment has both: the thin one, and Dask.
RUN --mount=type=bind,from=toolchain,source=devops/in_build,target=/run/in_build \
    --mount=type=bind,from=toolchain,source=devops/in_worker,target=/run/in_worker \
    --mount=type=bind,from=toolchain,source=dev_scripts,target=/run/dev_scripts \
    --mount=type=secret,id=ca_bundle \
    --mount=type=secret,id=install_settings \
    cat /run/dev_scripts/thin_requirements.txt /run/dev_scripts/hosts_requirements.txt \
        > /run/requirements.txt \
    && made=$(PYTHONDONTWRITEBYTECODE=1 sh /run/in_build/with_settings.sh \
        python3 /run/dev_scripts/thin_env.py ensure --root /opt/helpers/thin_envs \
        --requirements /run/requirements.txt) \
    && ln -s "${made}" /opt/helpers/worker \
    && install -D --mode=0644 --target-directory=/opt/helpers/in_worker /run/in_worker/*.py
# Workers of a cluster load `helpers_relay`.
ENV PYTHONPATH=/opt/helpers/in_worker
CMD ["/opt/helpers/worker/bin/python", "/opt/helpers/in_worker/main.py"]
