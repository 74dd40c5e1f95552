# One image for every Airflow service of docker-compose.yml and for `python -m newsmill`.
FROM python:3.11-slim-bookworm AS builder
COPY scripts/uv.txt requirements.txt /build/
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --require-hashes -r /build/uv.txt \
 && /opt/venv/bin/uv pip sync --no-cache --require-hashes --compile-bytecode --python /opt/venv/bin/python /build/requirements.txt

FROM python:3.11-slim-bookworm
# The folders exist in the image so that named volumes mounted there belong to the same user.
RUN groupadd --gid 10001 newsmill \
 && useradd --uid 10001 --gid newsmill --home-dir /var/lib/airflow --shell /usr/sbin/nologin newsmill \
 && install -d -o newsmill -g newsmill -m 0750 /var/lib/airflow /var/lib/newsmill
COPY --from=builder /opt/venv /opt/venv
WORKDIR /app
COPY scripts ./scripts
COPY include ./include
COPY plugins ./plugins
COPY dags ./dags
COPY samples ./samples
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app/include \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    AIRFLOW_HOME=/var/lib/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/app/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/app/plugins \
    NEWSMILL_HOME=/var/lib/newsmill
USER 10001:10001
EXPOSE 8080
# The image's own command is the API server; the other services of docker-compose.yml ask for themselves.
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s --retries=3 \
    CMD ["python", "/app/scripts/healthy.py", "http://127.0.0.1:8080", "metadatabase"]
CMD ["airflow", "api-server"]
