"""Extracts temporal expressions and normalizes them to TIMEX3 values."""
