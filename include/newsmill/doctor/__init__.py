"""Checks the machine for equal results: processor, compiled kernels, self-test."""
