"""Checks that this machine computes the same as every other: processor, compiled kernels, self-test."""
