"""A tiny process that kills a run that can no longer end itself.

A decoder that holds the interpreter lock keeps Python from handling signals. The C part of the signal handler still
writes the signal number to a pipe (:func:`signal.set_wakeup_fd`), which this process reads: if the run does not
acknowledge a signal in time, or acknowledges it but does not end, it is killed. The hand process then reaches its
safe state, and the system releases the keys of virtual gamepads and keyboards. It imports nothing from emgctl, so
that it starts immediately.

    python -I -S end_watch.py PARENT-PID     with the pipe as its standard input
"""

import os
import select
import signal
import sys
import time

ACKNOWLEDGED = 0
UNANSWERED_S, ENDING_S = 0.8, 3.0
ENDS = {getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)}


def main() -> None:
    """Wait for signals until the run ends."""
    parent = int(sys.argv[1])
    for number in ENDS:  # systemd sends its SIGTERM to every process of a service; this one is needed to its end
        signal.signal(number, signal.SIG_IGN)
    deadline_s: float | None = None
    acknowledged = False
    while True:
        left_s = None if deadline_s is None else max(deadline_s - time.monotonic(), 0.0)
        if not select.select([0], [], [], left_s)[0]:
            break
        numbers = os.read(0, 512)
        if not numbers:  # the run has ended
            return
        if deadline_s is None and ENDS & set(numbers):
            deadline_s = time.monotonic() + UNANSWERED_S
        if ACKNOWLEDGED in numbers and not acknowledged and deadline_s is not None:
            acknowledged, deadline_s = True, deadline_s + ENDING_S
    if sys.platform != "win32" and os.getppid() == parent:
        os.kill(parent, signal.SIGKILL)


if __name__ == "__main__":
    main()
