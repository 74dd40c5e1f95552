"""Finds copies: MinHash signatures, candidate pairs, and the one capture of an article a night."""
