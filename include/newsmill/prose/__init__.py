"""Running text made ready for extractors: sentences and tokens, once for all of them."""
