"""Cuts pages down to their articles: learned boilerplate, line model, block labels, quality signals."""
