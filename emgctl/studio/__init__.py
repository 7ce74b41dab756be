"""The studio: pages in a browser, served by a process of its own beside the run."""
