"""What is known of times: the words for them, the expressions they form, and what these mean on a given day."""
