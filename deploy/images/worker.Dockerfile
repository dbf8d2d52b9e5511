# The worker and its trainer, from the .deb, and LibTorch from PyPI's torch:
#   ./dev package deb
#   docker build -t isoshape-worker -f deploy/images/worker.Dockerfile build/packages
# TORCH= leaves torch out, for images that mount one or run another trainer. If there
# are wheels in build/packages/wheels, pip takes them and asks nobody.
# docs/deploy/images.md.
ARG BASE=debian:12-slim
FROM ${BASE}
ARG TORCH="torch==2.11.*"
COPY isoshape-worker_*.deb /tmp/
RUN --mount=type=bind,target=/mnt apt-get -q update \
 && apt-get -q -y install --no-install-recommends ca-certificates /tmp/isoshape-worker_*.deb \
    ${TORCH:+python3-venv} \
 && { [ -z "${TORCH}" ] || { python3 -m venv /opt/isoshape \
      && /opt/isoshape/bin/pip install --no-cache-dir --no-compile \
         $([ ! -d /mnt/wheels ] || echo --no-index --find-links /mnt/wheels) "${TORCH}"; }; } \
 && rm -rf /tmp/*.deb /var/lib/apt/lists/* /var/cache/apt/* /var/log/* \
 && echo 'isoshape:x:10001:10001:isoshape:/var/lib/isoshape:/usr/sbin/nologin' >>/etc/passwd \
 && echo 'isoshape:x:10001:' >>/etc/group \
 && install -d -o 10001 -g 10001 -m 0750 /var/lib/isoshape
ENV ISOSHAPE_PYTHON=/opt/isoshape/bin/python3 \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER 10001:10001
WORKDIR /var/lib/isoshape
VOLUME /var/lib/isoshape
EXPOSE 50581
# It hands its trials back and ends by 75.
STOPSIGNAL SIGTERM
# Asks /healthz of the worker, if it is told to answer probes: --http 0.0.0.0:50581
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["/bin/bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/50581 && printf 'GET /healthz HTTP/1.0\\r\\n\\r\\n' >&3 && grep -q ' 200 ' <&3"]
ENTRYPOINT ["/usr/bin/isoshape-worker"]
CMD ["--help"]
