"""Count the terms of texts and build the postings of the search index."""
