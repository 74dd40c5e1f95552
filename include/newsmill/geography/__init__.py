"""What is known of places: a gazetteer, what the words around a name tell, and which place a name means."""
