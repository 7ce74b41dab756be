"""OTB+ and OTB4 files, made as the vendor's own readers describe them."""

import io
import tarfile

import numpy as np
import pytest

from emgctl.errors import FileError
from emgctl.recording.datasets import read_dataset

PLUS = """<?xml version="1.0"?>
<Device Name="QUATTROCENTO;1" SampleFrequency="2048" ad_bits="16" DeviceTotalChannels="82">
<Channels><Adapter ID="Adapter4" Gain="150" ChannelStartIndex="0">{grid}</Adapter>
<Adapter ID="Adapter2" Gain="150" ChannelStartIndex="64">{bipolar}</Adapter>
<Adapter ID="AdapterControl" Gain="0.5" ChannelStartIndex="80"><Channel Index="0" ID="Buffer"/></Adapter>
</Channels></Device>"""


def archive(path, **files):
    with tarfile.open(path, "w") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name.replace("__", "."))
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def plus(path, text=None, **more):
    channels = "".join(f'<Channel Index="{number}" ID="GR08MM1305"/>' for number in range(64))
    pairs = "".join(f'<Channel Index="{number}" ID="CoDe1"/>' for number in range(16))
    text = text or PLUS.format(grid=channels, bipolar=pairs)
    raw = np.random.default_rng(0).integers(-30_000, 30_000, (100, 82), np.int16)
    return archive(path, a__xml=text.encode(), a__sig=raw.tobytes(), **more), raw


def test_otb_plus(tmp_path):
    path, raw = plus(tmp_path / "x.otb+")
    grid, pairs = read_dataset(str(path))
    assert (grid.signal.grid, grid.signal.unit, grid.signal.rate_hz) == ((13, 5), "uV", 2048.0)
    image = grid.samples[7].reshape(13, 5)
    assert image[1, 0] == pytest.approx(raw[7, 0] * 0.508626, rel=1e-4)
    assert image[0, 1] == pytest.approx(raw[7, 24] * 0.508626, rel=1e-4)
    assert (pairs.signal.channels, pairs.signal.grid) == (16, None)
    assert pairs.samples[3, 5] == pytest.approx(raw[3, 69] * 0.508626, rel=1e-4)


@pytest.mark.parametrize(("device", "kind"), [("Quattrocento", np.int16), ("Novecento+", np.int32)])
def test_otb4(tmp_path, device, kind):
    track = (
        "<TrackInfo><Device>{d}</Device><Title>{t}</Title><Gain>{g}</Gain><ADC_Nbits>16</ADC_Nbits><ADC_Range>5</ADC_Range>"
        "<SamplingFrequency>2000</SamplingFrequency><SignalStreamPath>s.sig</SignalStreamPath>"
        "<NumberOfChannels>{n}</NumberOfChannels><AcquisitionChannel>{a}</AcquisitionChannel></TrackInfo>"
    )
    text = "<ArrayOfTrackInfo>" + track.format(d=device, t="GR10MM0808", g=150, n=64, a=0)
    text += track.format(d=device, t="AUX", g=0.5, n=4, a=64) + "</ArrayOfTrackInfo>"
    raw = np.random.default_rng(0).integers(-9000, 9000, (50, 68)).astype(kind)
    path = archive(tmp_path / "x.otb4", Tracks_000__xml=text.encode(), s__sig=raw.tobytes())
    (one,) = read_dataset(str(path))
    assert (one.signal.grid, one.signal.rate_hz) == ((8, 8), 2000.0)
    assert one.samples[4].reshape(8, 8)[7, 0] == pytest.approx(raw[4, 0] * 0.508626, rel=1e-4)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "can't be read as OTB"),
        (b"no archive at all" * 100, "can't be read as OTB"),
        ({"a__sig": b"123"}, "contains no EMG channels"),
        ({"a__sig": b"123", "a__xml": b"<Device"}, "is not a supported OTB file"),
        ({"a__sig": b"123", "a__xml": b"<Device Name='x'/>"}, "is not a supported OTB file: 'SampleFrequency'"),
        ({"a__sig": b"123", "a__xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]><Device/>"}, "declares XML entities"),
        (
            {"a__sig": b"1", "a__xml": b"<Device SampleFrequency='1' DeviceTotalChannels='8'/>"},
            "shorter than one sample",
        ),
    ],
)
def test_what_is_no_such_file(tmp_path, content, message):
    path = tmp_path / "x.otb+"
    archive(path, **content) if isinstance(content, dict) else path.write_bytes(content)
    with pytest.raises(FileError, match=message):
        read_dataset(str(path))


def test_nothing_is_written_outside(tmp_path):
    (tmp_path / "in").mkdir()
    path, _ = plus(tmp_path / "in" / "x.otb+")
    evil = tmp_path / "evil.otb+"
    with tarfile.open(evil, "w") as tar:
        tar.add(path, arcname="../../escaped.sig")
    with pytest.raises(FileError):
        read_dataset(str(evil))
    assert sorted(one.name for one in tmp_path.iterdir()) == ["evil.otb+", "in"]
