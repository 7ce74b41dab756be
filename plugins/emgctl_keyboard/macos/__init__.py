"""Keys and motion on macOS through Quartz events, and stop keys through an event tap."""
