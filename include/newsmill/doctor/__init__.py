"""Shows whether this machine computes what every other machine does: processor, compiled kernels, self-test."""
