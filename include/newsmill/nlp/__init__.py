"""Shared ground of text processing: characters, tokens, sentences, language, hash tables and trees."""
