"""The star schema: models, the only writer, and the snapshots for readers."""
