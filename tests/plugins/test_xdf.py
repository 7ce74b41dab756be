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


def numbered(at_s, number):
    return at_s, np.int32(number).tobytes()


def test_labels_follow_the_time_stamps_and_the_real_rate_is_reported(tmp_path, caplog):
    """A nominal 100 Hz that is 93 Hz: by the nominal rate, the last marker would be half a second late."""
    samples = [(5 + n / 93, np.array([n, n], "<f4").tobytes()) for n in range(930)]
    integers = MARKS.replace("string", "int32")
    marks = [numbered(5 + n / 93, code) for n, code in ((93, 1), (465, 0), (837, 1))]
    (one,) = read_dataset(
        str(xdf_file(tmp_path / "a.xdf", xdf_stream(1, EMG, samples), xdf_stream(2, integers, marks)))
    )
    assert np.flatnonzero(np.diff(present(one.labels))).tolist() == [92, 464, 836]
    assert (set(one.label_names), len(one.samples), one.signal.rate_hz) == ({"0", "1"}, 930, 100.0)
    assert "really gives 93 Hz by its time stamps" in caplog.text


def test_one_of_several_streams_is_read_by_its_name_and_without_one_they_are_listed(tmp_path):
    samples = [(n / 100, np.array([n, -n], "<f4").tobytes()) for n in range(50)]
    left, right = (EMG.replace("amp", name) for name in ("Left", "Right"))
    other = MARKS.replace("cues", "keys")
    path = xdf_file(
        tmp_path / "a.xdf",
        xdf_stream(1, left, samples),
        xdf_stream(2, right, samples[:40]),
        xdf_stream(3, MARKS, [(0.1, b"\x01\x04fist")]),
        xdf_stream(4, other, [(0.2, b"\x01\x01x")]),
    )
    with pytest.raises(FileError, match=r"several EMG streams.*name one as a.xdf#Left; its streams: 'Left' \(EMG"):
        read_dataset(str(path))
    (one,) = read_dataset(f"xdf:{path}#Right")
    assert (len(one.samples), one.label_names, one.name) == (40, ("fist", "x"), "a.xdf#Right")
    assert read_dataset(f"{path}#Left,keys")[0].label_names == ("x",)
    with pytest.raises(FileError, match=r"no stream 'Middle'.*'cues' \(Markers"):
        read_dataset(f"{path}#Middle")
    assert [one.name for one in read_dataset(str(path), every_part=True)] == ["a.xdf#Left", "a.xdf#Right"]


def test_a_part_of_a_format_that_has_none(tmp_path):
    (tmp_path / "a.csv").write_text("1,2\n3,4\n")
    with pytest.raises(FileError, match="has no parts to choose 'x' from"):
        read_dataset(f"{tmp_path / 'a.csv'}#x")


def test_the_values_are_those_of_pyxdf(tmp_path):
    import pyxdf

    samples = [(n / 100, np.array([n, -n], "<f4").tobytes()) for n in range(50)]
    path = xdf_file(tmp_path / "a.xdf", xdf_stream(1, EMG, samples))
    (stream,), _ = pyxdf.load_xdf(path)
    assert np.array_equal(read_dataset(str(path))[0].samples, 1000 * stream["time_series"])
