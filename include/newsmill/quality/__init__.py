"""Expectations on a night, and the gates."""
