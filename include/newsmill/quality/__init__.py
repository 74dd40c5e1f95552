"""Expectations on a night, and the gates that check them."""
