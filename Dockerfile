# An image with the command and its workers, and nothing else: no shell, no libraries, no
# user but one without rights. The target "fleet" has runner-fleet beside them, which is
# twice as large as all of them. docs/INSTALL.md tells how to run both.
#
# There is no .dockerignore, on purpose: the executables tell by the commit which one they
# are, and that nothing was changed. So .git is in the context, and no file is left out.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=true -ldflags='-s -w' -o /out/ ./cmd/runner/... \
 && /out/runner version

FROM build AS build-fleet
RUN go -C fleet mod download
RUN CGO_ENABLED=0 go -C fleet build -trimpath -buildvcs=true -ldflags='-s -w' -o /out/ ./cmd/runner-fleet \
 && /out/runner-fleet --help && mkdir /empty

FROM scratch AS fleet
COPY --from=build-fleet /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build-fleet /out/ /usr/local/bin/
COPY --from=build-fleet /src/LICENSE /
# What serve keeps: its broker's store, and the files of plugins.
COPY --from=build-fleet --chown=65532:65532 /empty /data
USER 65532:65532
WORKDIR /app
ENV PATH=/usr/local/bin RUNNER_FLEET_DIR=/data
VOLUME /data
ENTRYPOINT ["runner-fleet"]
CMD ["serve"]

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/ /usr/local/bin/
COPY --from=build /src/LICENSE /
# Not root: nothing here needs it, and a grant is worth what its user may do.
USER 65532:65532
WORKDIR /app
ENV PATH=/usr/local/bin
ENTRYPOINT ["runner"]
CMD ["--help"]
