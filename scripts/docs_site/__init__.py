"""What scripts/build-docs makes the documentation site from: staged pages, generated references, checks of links."""
