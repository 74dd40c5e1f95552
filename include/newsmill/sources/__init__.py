"""Sources: the list of them, and how the dump of each is fetched for a night."""
