"""A tiny process that outlives emgctl: when emgctl is killed, it tells a hand without a watchdog to be safe.

It is started with the serial port's descriptor, inherited, and a pipe. A byte on the pipe means that all ended well.
The pipe's end without one means that emgctl is gone: then the safe bytes are written, a few times. It imports nothing
of emgctl, so that it starts at once and nothing of emgctl can break it.

    python supervisor.py DESCRIPTOR SAFE-BYTES-IN-HEX
"""

import os
import sys
import time

TIMES, BETWEEN_S = 5, 0.05


def main() -> None:
    """Wait for the pipe on stdin to speak or to end."""
    port, safe = int(sys.argv[1]), bytes.fromhex(sys.argv[2])
    if os.read(0, 1):
        return
    for _ in range(TIMES):
        try:
            os.write(port, safe)
        except OSError:  # the cable is gone too
            return
        time.sleep(BETWEEN_S)


if __name__ == "__main__":
    main()
