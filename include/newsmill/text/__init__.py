"""What is known of news text as such: how pages are printed, how sentences and languages look."""
