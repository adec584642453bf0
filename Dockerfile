# The stages: assets and build make, minimal and production ship, development is
# for docker-compose.dev.yml.
#
#   docker build --target production --build-arg VERSION="$(git describe --always)" -t qrgen .
#
# Alpine, because production needs pg_dump: Debian's postgresql-client brings
# Perl along and with it 60 MB that nobody here runs. The program itself is
# static and needs no C library.

FROM --platform=$BUILDPLATFORM node:24.11.0-slim AS assets
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm \
    npm ci --ignore-scripts --omit=dev --omit=optional --no-audit --no-fund
COPY scripts/assets.mjs scripts/
COPY views/*.templ views/
RUN node scripts/assets.mjs

FROM --platform=$BUILDPLATFORM golang:1.26.8 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
COPY --from=assets /src/static/vendor static/vendor
ARG TARGETOS TARGETARCH VERSION=development
# The same sources and VERSION give the same bytes (make test-repro): no paths,
# no time, no version control in them.
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -buildvcs=false -ldflags "-s -w -buildid= -X main.version=$VERSION" -o /qrgen ./cmd/qrgen

# Everything but backups.
FROM alpine:3.22.2 AS minimal
RUN apk add --no-cache ca-certificates tzdata \
    && addgroup -S -g 10001 qrgen \
    && adduser -S -D -H -u 10001 -G qrgen qrgen \
    && install -d -m 0750 -o qrgen -g qrgen /data /backups
COPY --from=build /qrgen /usr/local/bin/qrgen
# Inside a container 0.0.0.0 is its own network, which publishes nothing.
ENV HOST=0.0.0.0 PORT=8000 PUBLIC_ADDR=:8001 DATA_DIR=/data ENVIRONMENT=production
USER 10001:10001
EXPOSE 8000 8001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --start-interval=2s --retries=3 CMD ["qrgen", "health"]
ENTRYPOINT ["qrgen"]
CMD ["serve"]

# With pg_dump and pg_restore, of the major version that docker-compose.yml runs.
FROM minimal AS production
USER root
RUN apk add --no-cache postgresql17-client
USER 10001:10001

# Sources come by a mount; air and templ build again whenever one changes.
FROM golang:1.26.8 AS development
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    go install github.com/air-verse/air@v1.63.4
# For whoever the mount belongs to: docker-compose.dev.yml runs as that user.
ENV HOME=/cache GOCACHE=/cache/build GOMODCACHE=/cache/mod
RUN install -d -m 0777 /cache /data
COPY --from=assets /src/static/vendor /vendor
WORKDIR /src
STOPSIGNAL SIGTERM
CMD ["scripts/dev.sh"]

# What is built when no target is named.
FROM production
