"""What the DAGs are wired from, and the commands that run them through Airflow on one machine."""
