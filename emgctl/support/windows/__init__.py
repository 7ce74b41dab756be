"""What only Windows has: console events, a session's end, fine timers, and processes that outlive both."""
