"""Sound files of each kind, as small as they can be, for scripts/fuzz_files.py to damage."""

import io
import json
import tarfile

import format_seeds
import numpy as np

CHANCE = np.random.default_rng(0)
EMG = CHANCE.normal(0, 30, (200, 8)).astype(np.float32)


def recordings(folder):
    from emgctl.recording.writer import RecordingWriter
    from emgctl.types import PoseTrack, SampleBlock, Signal

    path = folder / "a.h5"
    pose = PoseTrack(("one", "two"), np.zeros((0, 2), np.float32), "rad")
    signal = Signal(8, 200.0, "count", motion_hz=50.0)
    writer = RecordingWriter(path, signal, user="ann", telemetry_channels={"hand": ("a", "b")}, pose=pose)
    for start in range(0, 200, 10):
        writer.write(SampleBlock(EMG[start : start + 10], start, start / 200, np.zeros((1, 10), np.float32)))
        writer.pose(start, np.zeros((10, 2), np.float32))
        writer.report(start, "hand", (1.0, 2.0), "note")
    writer.mark(0, "fist", 1)
    writer.mark(100, "rest", 1)
    writer.close()
    writer.check()
    data = path.read_bytes()
    killed = folder / "killed.h5"  # as a writer leaves it that was killed
    from emgctl.recording.hdf5 import lookup3

    head = data[:11] + b"\x05" + data[12:44]
    killed.write_bytes(head + lookup3(head).to_bytes(4, "little") + data[48:])
    return [("", path), ("", killed)]


def models(folder, demo):
    import onnx
    from onnx import helper

    card = {"emgctl": "0", "kind": "classifier", "signal": {"channels": 8, "rate_hz": 200.0, "unit": "count"}}
    card |= {"window": 40, "hop": 10, "labels": ["fist", "rest"], "rest": "rest"}
    nodes = [
        helper.make_node("ReduceMean", ["window"], ["mean"], axes=[1], keepdims=0),
        helper.make_node("MatMul", ["mean", "w"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"]),
        helper.make_node("ReduceMax", ["mean"], ["intensity"], axes=[1], keepdims=0),
    ]
    shapes = {"window": ["N", 40, 8], "probabilities": ["N", 2], "intensity": ["N"]}
    one, *out = (helper.make_tensor_value_info(name, 1, shape) for name, shape in shapes.items())
    weights = onnx.numpy_helper.from_array(np.ones((8, 2), np.float32), "w")
    graph = helper.make_graph(nodes, "g", [one], out, [weights])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    model.metadata_props.add(key="emgctl", value=json.dumps(card))
    path = folder / "m.onnx"
    path.write_bytes(model.SerializeToString())
    return [("", path), ("", demo)]


def data(folder):
    """One file of each format: the reader's name and its path."""
    made = [_text(folder), _emg4(folder), _npz(folder), _emg2pose(folder), _otb(folder), _cote_allard(folder)]
    others = [one for one in format_seeds.MAKERS if one is not format_seeds.bids]
    for maker in (_mat, _xdf, _edf, *others):
        try:
            made.append(maker(folder))
        except ImportError as error:
            print(f"without {error.name}: one format less")
    return made


def _text(folder):
    path = folder / "a.csv"
    rows = [",".join(f"{value:.2f}" for value in row) + f",{number // 100}" for number, row in enumerate(EMG)]
    path.write_text("\n".join(rows[:60]))
    return "text", path


def _emg4(folder):
    path = folder / "b.csv"
    path.write_text("\n".join(",".join(map(str, [*CHANCE.integers(-99, 99, 64), n % 4])) for n in range(12)))
    return "emg4", path


def _npz(folder):
    path = folder / "a.npz"
    labels = (np.arange(200) // 100).astype(np.int16)
    names = np.array(["a", "b"])
    np.savez_compressed(path, samples=EMG, labels=labels, label_names=names, rate_hz=200.0, asked=labels)
    return "npz", path


def _emg2pose(folder):
    import h5py

    row = np.dtype([("time", "<f8"), ("joint_angles", "<f8", (20,)), ("emg", "<f4", (16,))])
    path = folder / "a.hdf5"
    with h5py.File(path, "w") as file:
        group = file.create_group("emg2pose")
        group.attrs.update(user="ann", session="s", stage="Fist", side="left", sample_rate=2000.0)
        group.create_dataset("timeseries", data=np.ones(40, row), chunks=(16,), compression="gzip")
    return "emg2pose", path


def _otb(folder):
    channels = "".join(f'<Channel Index="{number}" ID="CoDe1"/>' for number in range(4))
    text = '<Device Name="QUATTROCENTO;1" SampleFrequency="2048" ad_bits="16" DeviceTotalChannels="4"><Channels>'
    text += f'<Adapter ID="A" Gain="150" ChannelStartIndex="0">{channels}</Adapter></Channels></Device>'
    path = folder / "a.otb+"
    with tarfile.open(path, "w:gz") as tar:
        for name, content in (("a.xml", text.encode()), ("a.sig", bytes(800))):
            about = tarfile.TarInfo(name)
            about.size = len(content)
            tar.addfile(about, io.BytesIO(content))
    return "otb", path


def _cote_allard(folder):
    path = folder / "classe_3.dat"
    path.write_bytes(CHANCE.integers(-99, 99, (50, 8)).astype("<i2").tobytes())
    return "cote_allard", path


def _mat(folder):
    from scipy.io import savemat

    path = folder / "S1_E1.mat"
    stimulus = (np.arange(200) // 100)[:, None]
    about = {"emg": CHANCE.normal(size=(200, 10)), "stimulus": stimulus, "repetition": stimulus, "p": {"a": ["x", 1]}}
    savemat(path, about, do_compression=True)
    return "ninapro", path


def _xdf(folder):
    import pyxdf  # noqa: F401

    def chunk(tag, content):
        body = tag.to_bytes(2, "little") + content
        return b"\x04" + len(body).to_bytes(4, "little") + body

    info = "<info><name>amp</name><type>EMG</type><channel_count>2</channel_count><nominal_srate>100</nominal_srate>"
    info += "<channel_format>float32</channel_format><desc></desc></info>"
    marks = "<info><name>m</name><type>Markers</type><channel_count>1</channel_count><nominal_srate>0</nominal_srate>"
    marks += "<channel_format>string</channel_format></info>"
    one, two = (1).to_bytes(4, "little"), (2).to_bytes(4, "little")
    samples = b"".join(b"\x08" + np.float64(n / 100).tobytes() + np.float32([n, n]).tobytes() for n in range(50))
    cues = b"".join(b"\x08" + np.float64(at).tobytes() + b"\x01\x04fist" for at in (0.1, 0.3))
    path = folder / "a.xdf"
    path.write_bytes(
        b"XDF:" + chunk(1, b"<?xml version='1.0'?><info><version>1.0</version></info>")
        + chunk(2, one + info.encode()) + chunk(2, two + marks.encode())
        + chunk(3, one + b"\x04" + (50).to_bytes(4, "little") + samples)
        + chunk(3, two + b"\x04" + (2).to_bytes(4, "little") + cues)
        + chunk(6, one + b"<info></info>")
    )  # fmt: skip
    return "xdf", path


def _edf(folder):
    import edfio

    signals = [edfio.EdfSignal(EMG[:, n].astype(float), 200, label=f"EMG {n}", physical_dimension="uV") for n in (0, 1)]
    path = folder / "a.edf"
    edfio.Edf(signals, annotations=[edfio.EdfAnnotation(0.5, None, "fist")]).write(path)
    return "edf", path
