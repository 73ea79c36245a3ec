# The image of a release. goreleaser builds it from the released programs, which lie in a folder per platform.
FROM gcr.io/distroless/static-debian12:nonroot
ARG TARGETPLATFORM
COPY $TARGETPLATFORM/jumpgraph /usr/bin/jumpgraph
ENTRYPOINT ["/usr/bin/jumpgraph"]
