"""systemd: telling it how a service is, and installing one of the user's own."""
