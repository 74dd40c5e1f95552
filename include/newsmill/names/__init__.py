"""What is known of names before any text is read: lists, gazetteer, and the rules that stand on them."""
