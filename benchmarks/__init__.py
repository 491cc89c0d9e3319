"""Quality and speed against floors and peers, each table from one command: `python -m benchmarks [name]`."""
