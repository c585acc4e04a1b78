# Redis from the distribution's own packages, on the base image that all containers share.
ARG BASE_IMAGE
# hadolint ignore=DL3006
FROM ${BASE_IMAGE}
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends redis-server \
    && rm -rf /var/lib/apt/lists/*
# The package made this user; its number is the distribution's affair.
# hadolint ignore=DL3066
USER redis
EXPOSE 6379
# Nothing is kept: no snapshots, no append-only file. Only the dir's own network reaches it.
CMD ["redis-server", "--bind", "0.0.0.0", "--protected-mode", "no", "--save", "", \
     "--appendonly", "no", "--dir", "/tmp"]
