"""Looking into recordings: pictures of their signals and poses, and of what their windows have in common."""
