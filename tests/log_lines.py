"""The log of a run that another process still writes."""

import json


def log_lines(path):
    """Its whole lines; none as long as there is no file."""
    text = path.read_bytes() if path.exists() else b""
    return [json.loads(line) for line in text[: text.rfind(b"\n") + 1].splitlines()]
