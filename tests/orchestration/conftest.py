"""Importing Airflow writes its settings into a home: never the person's own."""

import os
import tempfile

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="promolift-airflow-"))
