"""Sound files of the formats that laboratories and other programs exchange, as small as they can be."""

import gzip
import json
import warnings

import numpy as np

WAVE = np.stack((np.sin(np.arange(400) / 7), np.cos(np.arange(400) / 5)), axis=1)
"""Two muscles in millivolts at 1000 Hz, ``(400, 2)``."""

MICROVOLTS = (1000 * WAVE).astype(np.float32)


def wfdb(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pandas, about how wfdb uses it
        import wfdb

        wfdb.wrsamp("rec", 1000, ["mV", "mV"], ["FCR", "ECU"], WAVE, fmt=["16", "16"], write_dir=str(folder))
        wfdb.wrann("rec", "atr", np.array([100, 300]), ["+", "+"], aux_note=["fist", "rest"], write_dir=str(folder))
    return "wfdb", folder / "rec.hea"


def c3d(folder):
    import ezc3d

    one = ezc3d.c3d()
    one["parameters"]["POINT"]["RATE"]["value"] = [100]
    about = one["parameters"]["ANALOG"]
    about["RATE"]["value"], about["LABELS"]["value"], about["UNITS"]["value"] = [1000], ["FCR", "Fx"], ["V", "N"]
    one["data"]["points"], one["data"]["analogs"] = np.zeros((4, 0, 40)), (WAVE.T / 1000)[None]
    one.add_parameter("EVENT", "USED", 1)
    one.add_parameter("EVENT", "LABELS", ["fist"])
    one.add_parameter("EVENT", "TIMES", np.array([[0.0], [0.1]]))
    path = folder / "a.c3d"
    one.write(str(path))
    return "c3d", path


def opensignals(folder):
    import h5py

    path = folder / "a.h5"
    with h5py.File(path, "w") as file:
        device = file.create_group("00:11")
        device.attrs.update({"sampling rate": 1000, "channels": [1, 2], "sensor": ["EMG", "ECG"]})
        for number in (1, 2):
            device[f"raw/channel_{number}"] = np.round(MICROVOLTS[:, number - 1 : number]).astype("<i4")
    return "opensignals", path


def otbiolab(folder):
    from scipy.io import savemat

    path, cell = folder / "otb.mat", np.empty((1, 1), object)
    cell[0, 0] = np.c_[MICROVOLTS, np.arange(400)]
    texts = np.array(["FCR - IN 1 (1)[uV]", "FCR - IN 1 (2)[uV]", "acquired data[kg]"], object)
    savemat(path, {"Data": cell, "Description": texts[:, None], "SamplingFrequency": 2048})
    return "otbiolab", path


def openhdemg(folder):
    path = folder / "a.json"
    table = {"columns": [0, 1], "index": list(range(400)), "data": MICROVOLTS.tolist()}
    content = {"SOURCE": '"OTB"', "FILENAME": '"a.mat"', "RAW_SIGNAL": json.dumps(table), "FSAMP": "2048.0"}
    path.write_bytes(gzip.compress(json.dumps(content).encode(), mtime=0))
    return "openhdemg", path


def mat(folder):
    from scipy.io import savemat

    path = folder / "any.mat"
    labels = (np.arange(400) // 200)[:, None]
    savemat(path, {"emg": WAVE, "fs": 1000, "unit": "mV", "gesture": labels, "notes": "mine"})
    return "mat", path


def mat73(folder):
    import h5py

    path = folder / "new.mat"
    with h5py.File(path, "w", userblock_size=512) as file:
        file["emg"], file["fs"] = WAVE.T, np.array([[1000.0]])
        file["unit"] = np.array([[109], [86]], "u2")
        file["unit"].attrs["MATLAB_class"] = np.bytes_("char")
    with path.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\0\2IM")
    return "mat", path


def wav(folder):
    import soundfile

    path = folder / "a.wav"
    soundfile.write(path, np.round(MICROVOLTS).astype("<i2"), 10000, "PCM_16")
    (folder / "a-events.txt").write_text(
        "# Marker IDs can be arbitrary strings.\n# Marker ID,\tTime (in s)\n1,\t0.01\n"
    )
    return "wav", path


def parquet(folder):
    import pyarrow as pa
    from pyarrow import parquet

    path = folder / "a.parquet"
    words = pa.array(["rest", "fist"]).take(pa.array(np.arange(400) // 200))
    columns = {"time": np.arange(400) / 1000, "EMG 1 (mV)": WAVE[:, 0], "EMG 2 (mV)": WAVE[:, 1], "label": words}
    parquet.write_table(pa.table(columns), path)
    return "parquet", path


def npy(folder):
    np.save(folder / "a.npy", MICROVOLTS)
    return "npz", folder / "a.npy"


def bids(folder):
    import edfio

    where = folder / "sub-01" / "emg"
    where.mkdir(parents=True)
    (folder / "dataset_description.json").write_text('{"Name": "a", "BIDSVersion": "1.11.0"}')
    stem = where / "sub-01_task-grasping"
    signals = [
        edfio.EdfSignal(values, 1000, label=name, physical_dimension=unit)
        for name, unit, values in (("FCR", "mV", WAVE[:, 0]), ("ECU", "mV", WAVE[:, 1]), ("STATUS", "", WAVE[:, 0]))
    ]
    edfio.Edf(signals, data_record_duration=0.2).write(stem.with_name(f"{stem.name}_emg.edf"))
    table = "name\ttype\tunits\nFCR\tEMG\tmV\nECU\tEMG\tmV\nSTATUS\tTRIG\tn/a\n"
    stem.with_name(f"{stem.name}_channels.tsv").write_text(table)
    stem.with_name(f"{stem.name}_events.tsv").write_text("onset\tduration\ttrial_type\n0.1\t0.2\tfist\n0.35\t0\topen\n")
    return "bids", folder


def acq(folder):
    """A file of AcqKnowledge 3.7, whose headers bioread describes."""
    from bioread import headers

    def header(kind, **values):
        one = kind.for_revision(38, "<")
        made = one._struct_class()
        for name, value in values.items():
            setattr(made, name, value)
        return bytes(made)

    graph = header(headers.GraphHeader)
    graph = header(headers.GraphHeader, lVersion=38, lExtItemHeaderLen=len(graph), nChannels=2, dSampleTime=1.0)
    parts = [graph]
    size = len(header(headers.ChannelHeader))
    for name, unit in ((b"FCR", b"mV"), (b"Force", b"N")):
        parts.append(
            header(
                headers.ChannelHeader, lChanHeaderLen=size, szCommentText=name, szUnitsText=unit, lBufLength=400,
                dAmplScale=0.01, dAmplOffset=1.0, nVarSampleDivider=1,
            )
        )  # fmt: skip
    parts.append(header(headers.ForeignHeader, nLength=4, nType=0))
    parts += [header(headers.ChannelDTypeHeader, nSize=2, nType=2)] * 2
    parts.append(np.round(100 * WAVE).astype("<i2").tobytes())
    parts.append(header(headers.MarkerHeader, lLength=8, lMarkers=0))
    path = folder / "a.acq"
    path.write_bytes(b"".join(parts))
    return "acq", path


MAKERS = (wfdb, c3d, opensignals, otbiolab, openhdemg, mat, mat73, wav, parquet, npy, bids, acq)
