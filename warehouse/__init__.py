"""The only code that touches files and databases: open, ingest, transform, publish, compact."""
