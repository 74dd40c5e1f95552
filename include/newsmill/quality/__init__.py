"""What must be true of a night, and the gate that holds it to that."""
