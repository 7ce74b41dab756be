"""Control by one to six muscles, each with an electrode of its own: no pattern, but how hard each one works."""
