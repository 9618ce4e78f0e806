# The image of every process of Sortwise but the database, the queue's server and the proxy. TensorFlow is only in
# that of the trainer, which is built with EXTRA=train.
FROM python:3.12-slim AS packages
ARG EXTRA=cluster
COPY requirements/cluster.txt requirements/train.txt /
RUN python -m venv /venv \
    && for lock in cluster "$EXTRA"; do \
        /venv/bin/pip install --no-cache-dir --disable-pip-version-check \
            --require-hashes --no-deps --only-binary :all: -r "/$lock.txt" || exit 1; \
    done

FROM python:3.12-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    OMP_NUM_THREADS=1 \
    SORTWISE_DATA_DIR=/data
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data sortwise \
    && install --directory --owner sortwise --group sortwise --mode 700 /data
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
RUN python -m compileall -q -j 0 .
USER sortwise
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen(u.Request('http://localhost:8000/healthz', headers={'X-Forwarded-Proto': 'https'}), timeout=4)"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "1", "--blocking-threads", "32", "--no-ws", "--log-level", "error", "config.wsgi:application"]
