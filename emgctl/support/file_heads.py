"""What kind of file begins with these bytes: for files given where text is expected."""

from __future__ import annotations

HDF5 = b"\x89HDF\r\n\x1a\n"
_RECORDING = (
    "a recording is played by a profile that names it (input: {kind: replay, path: FILE}) or with --input replay:FILE, "
    "and 'emgctl data info FILE' describes it"
)
_MODEL = "a model is named by a profile: decoder: {kind: classifier, model: FILE}"
_OTHER = "name the right file"
_HEADS = (  # https://en.wikipedia.org/wiki/List_of_file_signatures, and the formats' own documents
    (HDF5, "a recording or another HDF5 file", _RECORDING),
    (b"MATLAB 5.0 MAT-file", "a MATLAB file", _RECORDING),
    (b"0       ", "an EDF recording", _RECORDING),
    (b"\xffBIOSEMI", "a BDF recording", _RECORDING),
    (b"XDF:", "an XDF recording", _RECORDING),
    (b"\x93NUMPY", "an array of NumPy", _RECORDING),
    (b"PAR1", "a Parquet file", _RECORDING),
    (b"RIFF", "a sound or a video", _RECORDING),
    (b"fLaC", "a sound file", _RECORDING),
    (b"PK\x03\x04", "a zip archive", "unpack it, and name a file of it"),
    (b"\x1f\x8b", "a gzip archive", "unpack it, and name a file of it"),
    (b"\x89PNG", "a picture", _OTHER),
    (b"\xff\xd8\xff", "a picture", _OTHER),
    (b"GIF8", "a picture", _OTHER),
    (b"%PDF-", "a PDF document", _OTHER),
    (b"MZ", "a program", _OTHER),
    (b"\x7fELF", "a program", _OTHER),
    (b"\xff\xfe", "text in UTF-16", "save it as UTF-8"),
    (b"\xfe\xff", "text in UTF-16", "save it as UTF-8"),
)
LONGEST = 64


def not_text(head: bytes) -> tuple[str, str] | None:
    """What a file is, by its first bytes, and what to do with it; None for what may be text."""
    if len(head) > 2 and head[0] == 0x08 and head[1] < 0x20 and head[2] in (0x12, 0x3A):
        return "a model (ONNX)", _MODEL  # its first field is the version; the producer or the graph follows
    return next(((what, remedy) for begin, what, remedy in _HEADS if head.startswith(begin)), None)
