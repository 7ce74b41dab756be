"""Text tables as programs write them, each with the numbers that it holds."""

import json

import numpy as np

COUNT = 400


def signal(channels, count=COUNT, scale=100.0, seed=0):
    return np.round(np.random.default_rng(seed).normal(0, scale, (count, channels)), 4)


def rows(*columns, separator=","):
    """Lines of columns, each a list of text or an array of numbers."""
    cells = []
    for column in columns:
        table = np.asarray(column)
        cells += [
            [str(value) if isinstance(value, str) else repr(float(value)) for value in one.tolist()]
            for one in (table[:, None] if table.ndim == 1 else table).T
        ]
    return "\n".join(separator.join(row) for row in zip(*cells, strict=True)) + "\n"


def openbci_old(emg):
    head = "%OpenBCI Raw EEG Data\n%Number of channels = 8\n%Sample Rate = 250.0 Hz\n%First Column = SampleIndex\n"
    zeros = np.zeros((len(emg), 3))
    clock = [f"10:00:{number // 250:02d}.{4 * (number % 250):03d}" for number in range(len(emg))]
    return head + rows(
        np.arange(len(emg)) % 256, emg, zeros, clock, 1700000000000 + 4 * np.arange(len(emg)), separator=", "
    )


def brainflow(emg, width, rate_hz, start=1):
    table = np.zeros((len(emg), width))
    table[:, 0] = np.arange(len(emg)) % 256
    table[:, start : start + emg.shape[1]] = emg
    table[:, width - 2] = 1700000000 + np.arange(len(emg)) / rate_hz
    return rows(table, separator="\t")


def mindrove(emg):
    table = np.zeros((len(emg), 39))
    table[:, :8], table[:, 26] = emg, np.arange(len(emg))
    table[:, 27] = 1700000000 + np.arange(len(emg)) / 500
    table[:, 20:26] = signal(6, len(emg), seed=3)
    return rows(table, separator="\t")


def bitalino(emg):
    head = {"sampling rate": 1000, "sensor": ["RAW", "RAW"], "label": ["A1", "A2"],
            "column": ["nSeq", "I1", "I2", "O1", "O2", "A1", "A2"]}  # fmt: skip
    begin = f"# OpenSignals Text File Format. Version 1\n# {json.dumps({'20:16': head})}\n# EndOfHeader\n"
    table = rows(np.arange(len(emg)) % 16, np.zeros((len(emg), 4)), emg, separator="\t")
    return begin + table.replace("\n", "\t\n")


def discover(emg):
    head = (
        "Application:, Trigno Discover (2.1.0.7)\nDate/Time:, 2026/09/29 15:50:51\nCollection Length (seconds):, 1.0\n"
        "Avanti Sensor 0 (89542), , , , FDS (89563), \n"
        "sensor mode: 40, , , , sensor mode: 40, \n"
        "EMG 1 Time Series (s), EMG 1 (mV), ACC X Time Series (s), ACC X (G), EMG 1 Time Series (s), EMG 1 (mV)\n"
        ", 2000 Hz, , 200 Hz, , 2000 Hz\n, 0.0005 s, , 0.005 s, , 0.0005 s, , Type, Name, Label, Time (s), , Pair\n"
    )
    lines = []
    for at, (first, second) in enumerate(emg):
        acceleration = f"{at / 200}, 0.5" if at < len(emg) // 10 else ", "
        mark = ", General, E1, E1, 0.1, , " if at == 0 else ""
        lines.append(f"{at / 2000}, {first}, {acceleration}, {at / 2000}, {second}, {mark}")
    return head + "\n".join(lines) + "\n"


def biopac(emg, timed):
    head = "fist.acq\n0.5 msec/sample\n3 channels\nFlexor EMG\nmV\nExtensor EMG\nmV\nGrip force\nkg\n"
    titles, count = "CH1\tCH2\tCH3\n", f"{len(emg)}\t{len(emg)}\t{len(emg)}\n"
    force = np.linspace(0, 1, len(emg)) ** 2
    if timed:
        return f"{head}milliSec\t{titles}\t{count}" + rows(0.5 * np.arange(len(emg)), emg, force, separator="\t")
    return head + titles + count + rows(emg, force, separator="\t")


def vicon(emg):
    head = (
        "Devices\n1000\n,,Imported Analog EMG - Voltage,,Force Plate - Force,,\n"
        "Frame,Sub Frame,Flexor,Extensor,Fx,Fy\n,,V,V,N,N\n"
    )
    frames = np.arange(len(emg))
    table = rows(1 + frames // 10, frames % 10, emg, np.ones((len(emg), 2)))
    return head + table + "\nTrajectories\n100\n,,arm:LELB,,\nFrame,Sub Frame,X,Y,Z\n,,mm,mm,mm\n1,0,1,2,3\n2,0,1,2,3\n"


def noraxon(emg):
    head = (
        "type,begin_time,frequency,count,created with version,exported with version,measurement_date,record_name\n"
        "record,0.00000,2000,3,Noraxon MR 4.0.22,4.0.22,2025-08-26T17:29:12.325+07:00,grasp\n\n"
        "time,Activity,Marker,LT BICEPS,RT BICEPS\n"
    )
    activity = ["REST" if at == 0 else "FIST" if at == 100 else "" for at in range(len(emg))]
    marks = ["M1" if at == 7 else "" for at in range(len(emg))]
    return head + rows(np.arange(len(emg)) / 2000, activity, marks, emg)


def labchart(emg):
    head = (
        "Interval=\t0.001 s\nExcelDateTime=\t4.4e4\nChannelTitle=\tEMG\tForce\nRange=\t10 mV\t1 V\nUnitName=\tmV\tN\n"
    )
    return head + rows(np.arange(len(emg)) / 1000, emg[:, 0], np.ones(len(emg)), separator="\t")
