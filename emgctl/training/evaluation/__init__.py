"""What a model reaches on recordings."""
