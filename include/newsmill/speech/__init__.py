"""What is known of quoted speech in news: its marks, its verbs, its clauses, its speakers."""
