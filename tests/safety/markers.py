"""The markers of a run's LSL streams, as another program receives them."""

import contextlib
import threading
import time

from emgctl_lsl.library import pylsl


def receive(user, events):
    """Add an event for each marker until the stream is lost."""
    module = pylsl("the matrix", network=False)
    found = module.resolve_byprop("name", f"{user} gesture", 1, 10.0)
    if not found:
        raise RuntimeError(f"the streams of {user} are not found")
    inlet = module.StreamInlet(found[0], recover=False)
    inlet.open_stream(10.0)

    def read():
        with contextlib.suppress(Exception):  # pylsl has an error of its own for a stream that is lost
            while True:
                marker, _ = inlet.pull_sample(1.0)
                if marker is not None:
                    event = "neutral" if marker[0].startswith("neutral") else "driven"
                    events.add(source="lsl", wall_s=time.time(), event=event)

    threading.Thread(target=read, daemon=True).start()
