"""Readers, one dump format a file: bytes in, pages out."""
