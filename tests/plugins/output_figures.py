"""The figures of an output, as a run keeps them."""

import time


def figures(state, last_error="", **counts):
    zero = dict.fromkeys(("commands", "dropped", "replaced", "failures", "reconnects"), 0)
    return zero | {"state": state, "since_s": time.time(), "last_error": last_error, "doing": ""} | counts
