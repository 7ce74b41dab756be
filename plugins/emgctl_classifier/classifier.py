"""Decoder ``classifier``."""

from __future__ import annotations

from emgctl.inference.gesture_decoder import ArmbandDecoder


class Classifier(ArmbandDecoder):
    """A trained gesture classifier (ONNX), with rejection, smoothing, hysteresis and dwell."""

    kind = "classifier"
