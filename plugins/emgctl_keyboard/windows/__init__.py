"""Keys and motion on Windows through SendInput, and stop keys through a keyboard hook."""
