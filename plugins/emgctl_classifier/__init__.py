"""The trained gesture classifier: one ONNX model and the post-processing of its probabilities."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Decoder
from emgctl_classifier.classifier import Classifier


@hookimpl
def emgctl_decoders() -> list[type[Decoder]]:
    """Register the classifier."""
    return [Classifier]
