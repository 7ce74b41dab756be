"""Results for people: text, pages, pictures."""
