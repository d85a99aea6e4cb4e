# A small image of Nearcast: no compiler, no root, port 53 by one capability.
#
#   docker build --tag nearcast .
#   docker run --publish 53:53/udp --publish 53:53/tcp --volume ./config:/opt/nearcast/config:ro --cap-drop ALL \
#     --cap-add NET_BIND_SERVICE nearcast
#
# In the configuration, listen on the container's address or on 0.0.0.0; admin stays on the container's loopback.

FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY bin ./bin
COPY src ./src
RUN npm run prepack
# The base image brings the Node, so the one among the dependencies stays out.
RUN npm ci --omit=dev && rm -rf node_modules/node-linux-*

FROM node:24-bookworm-slim
RUN apt-get update \
  && apt-get install --yes --no-install-recommends libcap2-bin \
  && setcap cap_net_bind_service=+ep /usr/local/bin/node \
  && apt-get purge --yes --auto-remove libcap2-bin \
  && rm -rf /var/lib/apt/lists/*
RUN useradd --system --user-group --no-create-home nearcast \
  && install --directory --owner=nearcast --group=nearcast /var/cache/nearcast /var/lib/nearcast
WORKDIR /opt/nearcast
COPY package.json LICENSE NOTICE ./
COPY bin/nearcast bin/pinned-node.js ./bin/
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
COPY geo-data ./geo-data
COPY config ./config
ENV NODE_ENV=production CACHE_DIRECTORY=/var/cache/nearcast STATE_DIRECTORY=/var/lib/nearcast
USER nearcast
EXPOSE 53/udp 53/tcp
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8053/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/nearcast"]
CMD ["serve", "--config", "config/nearcast.yaml"]
