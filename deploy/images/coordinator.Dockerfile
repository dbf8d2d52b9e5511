# The coordinator and the command line, without LibTorch, from the .deb:
#   ./dev package deb
#   docker build -t isoshape-coordinator -f deploy/images/coordinator.Dockerfile build/packages
# `./dev package image` makes the same without a registry, of a Debian by
# mmdebstrap. docs/deploy/images.md.
ARG BASE=debian:12-slim
FROM ${BASE}
COPY isoshape_*.deb /tmp/
RUN apt-get -q update \
 && apt-get -q -y install --no-install-recommends ca-certificates /tmp/isoshape_*.deb \
 && rm -rf /tmp/*.deb /var/lib/apt/lists/* /var/cache/apt/* /var/log/* \
 && echo 'isoshape:x:10001:10001:isoshape:/var/lib/isoshape:/usr/sbin/nologin' >>/etc/passwd \
 && echo 'isoshape:x:10001:' >>/etc/group \
 && install -d -o 10001 -g 10001 -m 0750 /var/lib/isoshape
# By its number, by which Kubernetes sees that it is not root.
USER 10001:10001
WORKDIR /var/lib/isoshape
VOLUME /var/lib/isoshape
EXPOSE 50551 50580
STOPSIGNAL SIGTERM
# With TLS and tokens give the container ISOSHAPE_TLS_CA and ISOSHAPE_TOKEN_FILE (a
# viewer's) for this. Of Docker's format alone: Kubernetes has probes of its own.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["/usr/bin/isoshape", "worker", "list"]
ENTRYPOINT ["/usr/bin/isoshape-coordinator"]
CMD ["--db", "/var/lib/isoshape/isoshape.db"]
