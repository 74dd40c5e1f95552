"""Counts the terms of texts and builds the postings of the search index."""
