"""A model for people who have shown next to nothing: a prior over persons, updated by what a person shows."""
