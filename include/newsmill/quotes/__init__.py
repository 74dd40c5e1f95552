"""Extracts quotations and reported statements with their cues and speakers."""
