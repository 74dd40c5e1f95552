"""Refining stages, one verb a file: each reads a relation and leaves a better one."""
