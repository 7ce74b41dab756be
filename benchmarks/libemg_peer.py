"""LibEMG's side: a paced source in shared memory and its OnlineEMGClassifier. Runs in LibEMG's own environment.

    python libemg_peer.py SIGNAL.npz SECONDS PORT OUT.json RATE_HZ

Uses LibEMG's public interface as its documentation shows it (https://github.com/LibEMG/libemg, MIT).
"""

import json
import multiprocessing
import os
import sys
import threading
import time

import numpy as np


def source(path, seconds, ready, stamps, rate_hz):
    from libemg.shared_memory_manager import SharedMemoryManager

    samples = np.load(path)["samples"].astype(np.double)
    memory = SharedMemoryManager()
    for item in ready:
        memory.create_variable(*item)
    begun = time.perf_counter()
    stamps[0] = begun
    packet = rate_hz // 100
    for start in range(0, int(seconds * rate_hz), packet):
        time.sleep(max(0.0, begun + (start + packet) / rate_hz - time.perf_counter()))
        block = samples[start % (len(samples) - packet) :][:packet]
        stamps[1 + start // packet] = time.perf_counter()
        memory.modify_variable("emg", lambda old, block=block: np.vstack((np.flip(block, 0), old))[: len(old)])
        memory.modify_variable("emg_count", lambda old: old + packet)


def child_cpu_s(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    from libemg.data_handler import OnlineDataHandler
    from libemg.emg_predictor import EMGClassifier, OnlineEMGClassifier
    from libemg.feature_extractor import FeatureExtractor

    path, seconds, port, out = sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    rate_hz = int(sys.argv[5])
    length, hop = rate_hz // 5, rate_hz // 20
    data = np.load(path)
    samples, labels = data["samples"].astype(float), data["labels"]
    filters = None
    if rate_hz > 1000:  # as its documentation recommends for a signal that was not filtered
        from libemg.filtering import Filter

        filters = Filter(sampling_frequency=rate_hz)
        filters.install_filters({"name": "bandpass", "cutoff": [20, 450], "order": 4})
        samples = filters.filter(samples)
    ends = range(length, len(samples), hop)
    windows = np.stack([samples[end - length : end].T for end in ends])
    features = ["MAV", "ZC", "SSC", "WL"]
    extracted = FeatureExtractor().extract_features(features, windows)
    classifier = EMGClassifier("LDA")
    classifier.fit({"training_features": extracted, "training_labels": labels[np.array(ends) - 1].astype(int)})

    lock, count_lock = multiprocessing.Lock(), multiprocessing.Lock()
    items = [
        ["emg", (max(4000, 2 * length), samples.shape[1]), np.double, lock],
        ["emg_count", (1, 1), np.int32, count_lock],
    ]
    stamps = multiprocessing.Array("d", 1 + int(seconds * 100) + 10, lock=False)
    work = path, seconds, items, stamps, rate_hz
    process = multiprocessing.Process(target=source, args=work, daemon=True)
    process.start()
    handler = OnlineDataHandler(items)
    if filters is not None:
        handler.install_filter(filters)
    online = OnlineEMGClassifier(classifier, length, hop, handler, features, port=port)
    threading.Thread(target=online.run, kwargs={"block": False}, daemon=True).start()
    process.join()
    time.sleep(0.5)
    cpu_s = sum(child_cpu_s(child.pid) for child in multiprocessing.active_children())
    with open(out, "w", encoding="utf-8") as file:
        json.dump({"stamps": list(stamps[1 : 1 + int(seconds * 100)]), "cpu_s": cpu_s}, file)
    online.stop_running()


if __name__ == "__main__":
    main()
