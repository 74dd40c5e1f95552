"""Extracts places and resolves each to an entry of the gazetteer."""
