# An image with the command and its workers, and nothing else: no shell, no libraries, no
# user but one without rights. docs/INSTALL.md tells how to run it.
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
