"""Find duplicates: MinHash signatures, LSH candidate pairs, and one capture per article and night."""
