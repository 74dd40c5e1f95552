"""Find duplicates: MinHash signatures, LSH candidate pairs, and a capture per article and night."""
