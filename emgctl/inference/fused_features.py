"""The features of ``emgctl.training.features.feature_sets.Default`` in a third of the operators.

An exported graph computes each feature by operators of its own. In a short window of few channels, an operator costs
what it takes to call it, whatever it computes; so here all sums over the window are one product of matrices, all
correlations another, and all logarithms one operator. The values are the same but for rounding.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl.inference.graph_edit import Node

NAMES = (
    "log_rms", "log_rms_d1", "log_rms_d2", "log_mav", "log_wl", "zc", "ssc", "autocorrelation", "correlation",
    "correlation_d1", "log_power", "log_mean", "cross_correlation", "log_peak", "log_peak_d1", "root_amplitude",
)  # fmt: skip
LARGEST = 1024  # values of a window; in a larger one, the operators' work is what costs
LAGS, EPSILON, ROUNDING, MOST_CORRELATED = 4, 1e-3, 1e-5, 0.98

_SUMS = {  # what is added to each sum over the window, and the power of it whose logarithm is a feature
    "power": (EPSILON, 0.5), "power_d1": (EPSILON, 0.5), "power_d2": (EPSILON, 0.5), "size": (EPSILON, 1.0),
    "size_d1": (EPSILON, 1.0), "zc": (0.0, 1.0), "ssc": (0.0, 1.0), "raw_power": (EPSILON, 0.5), "mean": (0.5, 1.0),
    "root": (1.0, 1.0), "energy": (EPSILON, 1.0), "energy_d1": (EPSILON, 1.0), "later": (EPSILON, 1.0),
    "earlier": (EPSILON, 1.0), "peak": (1.0, 1.0), "peak_d1": (1.0, 1.0),
}  # fmt: skip
_PLACE = {name: place for place, name in enumerate(_SUMS)}

Array = NDArray[Any]


@dataclass
class FusedFeatures:
    """Nodes and constants that compute the features ``(N, F)`` of windows ``(N, length, channels)``.

    ``features`` names their value, and ``rms`` that of the channels' RMS ``(N, C)``, which the intensity is made of.
    """

    window: str
    length: int
    channels: int
    nodes: list[Node] = field(default_factory=list)
    constants: dict[str, Array] = field(default_factory=dict)
    features: str = "fused_features"
    rms: str = "fused_rms"

    def __post_init__(self) -> None:
        sizes = {"window": self.length, "x": self.length, "mean": 1, "d1": self.length - 1, "d2": self.length - 2}
        ends = accumulate(sizes.values())
        self._rows = {name: end - size + np.arange(size) for (name, size), end in zip(sizes.items(), ends, strict=True)}
        self._zero = sum(sizes.values())  # the last row
        self._constant("axis", np.array([1]))
        self._constant("nothing", np.array(0.0))
        self._build()

    @staticmethod
    def suit(length: int, channels: int) -> bool:
        """Whether they are faster, for windows of this size."""
        return channels > 1 and length > LAGS + 1 and length * channels <= LARGEST

    def _build(self) -> None:
        samples = self._samples()
        size, squares = self._add("Abs", samples), self._add("Mul", samples, samples)
        parts = [size, self._add("Sqrt", size), squares, self._sign_changes(samples, squares)]
        sums = self._add("MatMul", self._constant("divisors", self._divisors()), self._concat(parts))
        first, d1 = self._rows["window"], self._rows["d1"]
        peaks = self._gather(size, "peaks", np.stack([first, np.append(d1, d1[-1])]))
        peaks = self._add("ReduceMax", peaks, self._constant("inner_axis", np.array([2])), keepdims=0)
        added = np.array([added for added, _ in _SUMS.values()])[:, None]
        flat = self._add(
            "Flatten", self._add("Add", self._concat([sums, peaks]), self._constant("added", added)), axis=1
        )
        powers = np.repeat([power for _, power in _SUMS.values()], self.channels)
        logs = self._add("Mul", self._add("Log", flat), self._constant("log_powers", powers))
        roots = self._add("Sqrt", flat)
        self._gather(roots, "rms_places", self._flat("power"), self.rms)
        self._gather(
            self._concat([flat, logs, *self._correlations(samples, roots)]), "order", self._order(), self.features
        )

    def _samples(self) -> str:
        """The window, without its mean, the mean, first and second difference, and a row of zeros, ``(N, R, C)``."""
        # ReduceMean rounds otherwise for one window than for many, and a product with shares (which onnxruntime also
        # makes of a division by one number) otherwise than what is constant
        total = self._add("MatMul", self._constant("ones", np.ones((1, self.length))), self.window)
        mean = self._add("Div", total, self._constant("counts", np.full(self.channels, float(self.length))))
        x = self._add("Sub", self.window, mean)
        first = np.diff(np.eye(self.length), axis=0)
        differences = np.concatenate([first, np.diff(first, axis=0), np.zeros((1, self.length))])
        slopes = self._add("MatMul", self._constant("differences", differences), x)
        return self._concat([self.window, x, mean, slopes])

    def _sign_changes(self, samples: str, squares: str) -> str:
        """1 between two samples of different sign; one so near the mean that it may be rounding has none."""
        least = np.zeros((self._zero + 1, 1))
        least[self._rows["x"]] = ROUNDING**2 / self.length
        power = self._add("ReduceSumSquare", self.window, "fused_axis", keepdims=1)
        clear = self._add("Greater", squares, self._add("Mul", power, self._constant("least", least)))
        sure = self._add("Where", clear, samples, "fused_nothing")
        both = [self._rows["x"], self._rows["d1"]]
        later = self._gather(sure, "later", np.concatenate([rows[1:] for rows in both]))
        earlier = self._gather(sure, "earlier", np.concatenate([rows[:-1] for rows in both]))
        return self._add("Cast", self._add("Less", self._add("Mul", later, earlier), "fused_nothing"), to=1)

    def _divisors(self) -> Array:
        """The sums of sizes, their square roots, squares and sign changes, as a matrix."""
        root, square, change = ((self._zero + 1) * place for place in (1, 2, 3))
        window, x, d1, d2 = (self._rows[name] for name in ("window", "x", "d1", "d2"))
        zc = change + np.arange(self.length - 1)
        means = {
            "power": square + x, "power_d1": square + d1, "power_d2": square + d2, "size": x, "size_d1": d1, "zc": zc,
            "ssc": zc[-1] + 1 + np.arange(self.length - 2), "raw_power": square + window, "mean": self._rows["mean"],
            "root": root + window,
        }  # fmt: skip
        energies = {"energy": x, "energy_d1": d1, "later": window[1:], "earlier": window[:-1]}
        matrix = np.zeros((len(means) + len(energies), means["ssc"][-1] + 1))
        for name, columns in means.items():
            matrix[_PLACE[name], columns] = 1 / len(columns)
        for name, columns in energies.items():
            matrix[_PLACE[name], square + columns] = 1
        return matrix

    def _correlations(self, samples: str, roots: str) -> list[str]:
        """Fisher's z of the correlations between channels, and each channel's autocorrelations."""
        window, x, d1 = (self._rows[name] for name in ("window", "x", "d1"))
        pairs = [(x, x), (d1, d1), (window[1:], window[:-1]), *((x[lag:], x[:-lag]) for lag in range(1, LAGS + 1))]
        sides = [np.stack([self._filled(pair[side]) for pair in pairs]) for side in (0, 1)]
        left, right = (self._gather(samples, name, rows) for name, rows in zip(("left", "right"), sides, strict=True))
        products = self._add("MatMul", self._add("Transpose", left, perm=[0, 1, 3, 2]), right)
        wanted, one, other = self._correlated()
        lengths = self._add("Mul", self._gather(roots, "lengths", one), self._gather(roots, "other_lengths", other))
        ratios = self._add("Div", self._gather(self._add("Flatten", products, axis=1), "wanted", wanted), lengths)
        lagged = LAGS * self.channels
        shares = np.full(len(wanted), MOST_CORRELATED)
        shares[-lagged:] = np.repeat([1 / (self.length - lag) for lag in range(1, LAGS + 1)], self.channels)
        scaled = self._add("Mul", ratios, self._constant("shares", shares))
        sizes = self._constant("parts", np.array([len(wanted) - lagged, lagged]))
        self.nodes.append(Node.of("Split", [scaled, sizes], ["fused_correlations", "fused_lags"], axis=1))
        return [self._add("Atanh", "fused_correlations"), "fused_lags"]

    def _correlated(self) -> tuple[Array, Array, Array]:
        """Of each correlation, where its product is among all products, and both its lengths among the sums."""
        each, square = np.arange(self.channels), self.channels**2
        first, second = np.triu_indices(self.channels, 1)
        row, column = (side.ravel() for side in np.indices((self.channels, self.channels)))
        places = {name: self._flat(name) for name in ("power", "energy", "energy_d1", "later", "earlier")}
        autocorrelations = [(3 + lag) * square + each * (self.channels + 1) for lag in range(LAGS)]
        upper, powers = first * self.channels + second, [places["power"]] * LAGS
        products = [upper, square + upper, 2 * square + np.arange(square), *autocorrelations]
        one = [places["energy"][first], places["energy_d1"][first], places["later"][row], *powers]
        other = [places["energy"][second], places["energy_d1"][second], places["earlier"][column], *powers]
        return np.concatenate(products), np.concatenate(one), np.concatenate(other)

    def _order(self) -> Array:
        """Where each feature is among the sums, their logarithms, the correlations and autocorrelations."""
        sums = len(_SUMS) * self.channels
        half, square = self.channels * (self.channels - 1) // 2, self.channels**2
        logs = {
            "log_rms": "power", "log_rms_d1": "power_d1", "log_rms_d2": "power_d2", "log_mav": "size",
            "log_wl": "size_d1", "log_power": "raw_power", "log_mean": "mean", "log_peak": "peak",
            "log_peak_d1": "peak_d1", "root_amplitude": "root",
        }  # fmt: skip
        places = {name: sums + self._flat(of) for name, of in logs.items()}
        places |= {name: self._flat(name) for name in ("zc", "ssc")}
        at = 2 * sums
        for name, count in {
            "correlation": half, "correlation_d1": half, "cross_correlation": square,
            "autocorrelation": LAGS * self.channels,
        }.items():  # fmt: skip
            places[name] = at + np.arange(count)
            at += count
        return np.concatenate([places[name] for name in NAMES])

    def _flat(self, name: str) -> Array:
        """Where a sum of each channel is."""
        places: Array = _PLACE[name] * self.channels + np.arange(self.channels)
        return places

    def _filled(self, rows: Array) -> Array:
        """Rows, and zeros up to the length of the window."""
        return np.append(rows, np.full(self.length - len(rows), self._zero))

    def _constant(self, name: str, values: Array) -> str:
        self.constants[f"fused_{name}"] = values
        return f"fused_{name}"

    def _add(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        output = output or f"fused_{len(self.nodes)}"
        self.nodes.append(Node.of(kind, inputs, [output], **attributes))
        return output

    def _concat(self, parts: list[str]) -> str:
        return self._add("Concat", *parts, axis=1)

    def _gather(self, value: str, name: str, places: Array, output: str = "") -> str:
        return self._add("Gather", value, self._constant(name, places), output=output, axis=1)
