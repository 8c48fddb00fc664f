# The image of the app. Both stages stand on one base, so that the native modules are built on the very C library (musl)
# and Node that run them. Tag and digest of the base are raised together.
FROM ghcr.io/home-assistant/base:3.24-2026.10.0@sha256:8fde4170393bdf7a121ea4d6e34b417e1d0b90125948459f9f9f70cdf5d77c16 AS base
RUN apk add --no-cache nodejs
SHELL ["/bin/ash", "-e", "-o", "pipefail", "-c"]

FROM base AS builder
RUN apk add --no-cache g++ linux-headers make nodejs-dev npm python3
WORKDIR /opt/boxenergie

# node-linux-* is the Node of the developers' machines (glibc) and would come first in the PATH of every install script:
# nothing is run before it is gone. The headers are those of the image's own Node.
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund \
    && rm -rf node_modules/node-linux-* node_modules/.bin/node \
    && npm rebuild --foreground-scripts --build-from-source --nodedir=/usr i2c-bus epoll @serialport/bindings-cpp

COPY tsconfig.json tsconfig.build.json ./
COPY scripts/prune-modules.ts scripts/check-modules.ts scripts/
COPY src src
# The relay keeper is a process beside the program: written in C it needs 0.2 MB there, in Node it would be 57.
RUN npm run build && npm run build:keeper

# i2c-bus and onoff are optional for developers, never here: the check fails the build when a native module is missing.
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
    && node scripts/prune-modules.ts \
    && node scripts/check-modules.ts

FROM base
ARG BUILD_VERSION=dev
ARG BUILD_ARCH=unknown

# s6-rc stops the program without a limit of its own and kills it after timeout-kill (20 s, see the service), inside the
# 30 s of the Supervisor. Nothing runs outside s6-rc: no blind wait between its last SIGTERM and SIGKILL.
ENV NODE_ENV=production \
    S6_KILL_GRACETIME=0

WORKDIR /
COPY --from=builder /opt/boxenergie/package.json /opt/boxenergie/package.json
COPY --from=builder /opt/boxenergie/node_modules /opt/boxenergie/node_modules
COPY --from=builder /opt/boxenergie/dist /opt/boxenergie/dist
COPY addon/rootfs /
COPY blueprints/automation /opt/boxenergie/blueprints/automation

# Root inside the container: the Supervisor hands over device nodes as the host owns them (root:root 0600, or a group
# whose number differs from host to host and may come with an adapter plugged in later), so no fixed user could open
# them all. The control group, the AppArmor profile and the missing capabilities confine it instead.
#
# No HEALTHCHECK: the Supervisor polls the watchdog address of config.yaml; a second judge with other limits would only
# restart the app, and open its relays, twice. compose.yaml has one, where no Supervisor is.

LABEL \
    io.hass.type="app" \
    io.hass.name="Boxénergie" \
    io.hass.description="Batteries, Linky meter, pulse meters and safe relays for Home Assistant" \
    io.hass.version="${BUILD_VERSION}" \
    io.hass.arch="${BUILD_ARCH}" \
    io.hass.url="https://github.com/boxenergie/boxenergie" \
    org.opencontainers.image.title="Boxénergie" \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.version="${BUILD_VERSION}" \
    org.opencontainers.image.source="https://github.com/boxenergie/boxenergie"
