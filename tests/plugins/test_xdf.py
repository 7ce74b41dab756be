"""XDF files: streams chosen by name, labels by time stamps, and the same samples as pyxdf's."""

import numpy as np
import pytest
from present import present

from emgctl.errors import FileError
from emgctl.recording.datasets import read_dataset


def xdf_chunk(tag, content):
    body = tag.to_bytes(2, "little") + content
    return b"\x04" + len(body).to_bytes(4, "little") + body


def xdf_stream(number, header, samples):
    """Header, samples (a list of (time_s, bytes)) and footer of a stream, by the specification of XDF 1.0."""
    head = number.to_bytes(4, "little")
    yield xdf_chunk(2, head + f"<?xml version='1.0'?><info>{header}</info>".encode())
    content = b"".join(b"\x08" + np.float64(at_s).tobytes() + data for at_s, data in samples)
    yield xdf_chunk(3, head + b"\x04" + len(samples).to_bytes(4, "little") + content)
    yield xdf_chunk(6, head + b"<?xml version='1.0'?><info></info>")


def xdf_file(path, *streams):
    content = b"XDF:" + xdf_chunk(1, b"<?xml version='1.0'?><info><version>1.0</version></info>")
    path.write_bytes(content + b"".join(part for stream in streams for part in stream))
    return path


CHANNELS = "<desc><channels><channel><label>L</label><unit>millivolts</unit></channel><channel><label>R</label>"
CHANNELS += "<unit>millivolts</unit></channel></channels></desc>"
EMG = f"<name>amp</name><type>EMG</type><channel_count>2</channel_count><nominal_srate>100</nominal_srate>{CHANNELS}"
EMG += "<channel_format>float32</channel_format>"
MARKS = "<name>cues</name><type>Markers</type><channel_count>1</channel_count><nominal_srate>0</nominal_srate>"
MARKS += "<channel_format>string</channel_format>"


def test_xdf_files(tmp_path):
    samples = [(10 + n / 100, np.array([n, -n], "<f4").tobytes()) for n in range(50)]
    marks = [(10.1, b"\x01\x04fist"), (10.3, b"\x01\x04rest")]
    path = xdf_file(tmp_path / "a.xdf", xdf_stream(1, EMG, samples), xdf_stream(2, MARKS, marks))
    (one,) = read_dataset(str(path))
    assert one.samples[3].tolist() == [3000, -3000]
    assert (one.signal.unit, one.signal.rate_hz, one.signal.names) == ("uV", 100.0, ("L", "R"))
    assert [one.label_names[n] if n >= 0 else "" for n in present(one.labels)[[9, 10, 29, 30]]] == [
        "",
        "fist",
        "fist",
        "rest",
    ]


def test_xdf_with_a_hole_has_lost_samples(tmp_path):
    samples = [(n / 100 + (2 if n >= 30 else 0), np.array([n, n], "<f4").tobytes()) for n in range(60)]
    (one,) = read_dataset(str(xdf_file(tmp_path / "a.xdf", xdf_stream(1, EMG, samples))))
    assert len(one.samples) == pytest.approx(260, abs=3)
    assert np.isnan(one.samples).all(axis=1).sum() == pytest.approx(200, abs=3)


def test_xdf_without_emg_or_damaged(tmp_path):
    marks = xdf_stream(2, MARKS, [(10.1, b"\x01\x04fist")])
    with pytest.raises(FileError, match="one stream of type EMG"):
        read_dataset(str(xdf_file(tmp_path / "a.xdf", marks)))
    (tmp_path / "b.xdf").write_bytes(b"no xdf")
    with pytest.raises(FileError, match="XDF"):
        read_dataset(str(tmp_path / "b.xdf"))
