"""Extractors, one plural noun a file: each finds one kind of fact in articles."""
