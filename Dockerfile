# An image of the prediction service: TensorFlow, Flask, gunicorn and the promoted models in models/.
#
#   docker build --tag textlab-api .
#   docker run --read-only --tmpfs /tmp --volume textlab-state:/state --publish 127.0.0.1:8000:8000 textlab-api
FROM python:3.11.15-slim-bookworm AS libraries
WORKDIR /build
COPY deploy/azure/requirements.txt .
# Only a compiler reads TensorFlow's headers (287 MB). The running service needs no pip.
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --no-deps --require-hashes --requirement requirements.txt \
    && rm -rf /opt/venv/lib/python3.11/site-packages/tensorflow/include \
    && /opt/venv/bin/pip uninstall --yes pip

FROM python:3.11.15-slim-bookworm
# The service writes only to /state: recent predictions, feedback, counts of metrics, unsent telemetry.
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin textlab \
    && install --directory --owner textlab --mode 700 /state
COPY --from=libraries /opt/venv /opt/venv
WORKDIR /app
COPY api/ api/
# The only parts of textlab that the service imports.
COPY src/textlab/__init__.py textlab/__init__.py
COPY src/textlab/bundle_format/ textlab/bundle_format/
COPY src/textlab/sealing/ textlab/sealing/
COPY src/textlab/search/ textlab/search/
COPY src/textlab/inputs/ textlab/inputs/
COPY models/ models/
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TEXTLAB_API_HOST=0.0.0.0 \
    TEXTLAB_API_PORT=8000 \
    TEXTLAB_API_STATE=/state
USER 10001
VOLUME /state
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
CMD ["python", "-m", "gunicorn", "--config", "python:api.gunicorn_settings"]
