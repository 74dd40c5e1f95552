"""The star schema: its models, the one writer, and the snapshots that readers see."""
