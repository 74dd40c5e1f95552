"""Where dumps come from, and how they are fetched."""
