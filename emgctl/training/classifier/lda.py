"""The linear discriminant, fitted by scikit-learn and kept as one layer."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

SHRINKAGE = 0.1  # of the pooled covariance towards its diagonal, as far as few repetitions need it
NEVER = -1e4  # the logit of a class without windows


def fit_discriminant(z: Tensor, y: Tensor, classes: int) -> nn.Linear:
    """A layer that gives logits ``(N, classes)``: an LDA with pooled, shrunk covariance and equal priors.

    Args:
        z: standardized features, ``(N, F)``.
        y: labels, ``(N,)``.
        classes: how many labels there are; one without windows is never chosen.
    """
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    present = torch.unique(y).tolist()
    priors = np.full(len(present), 1 / len(present))
    fitted = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=SHRINKAGE, priors=priors).fit(z.numpy(), y.numpy())
    coefficients, intercepts = fitted.coef_, fitted.intercept_
    if len(present) == 2:  # scikit-learn keeps one row, the odds of the second class
        coefficients, intercepts = np.vstack((0 * coefficients, coefficients)), np.append(0.0, intercepts)
    # what all classes have in common decides nothing, and would only cost digits
    coefficients, intercepts = coefficients - coefficients.mean(axis=0), intercepts - intercepts.mean()
    layer = nn.Linear(z.shape[1], classes)
    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.fill_(NEVER)
        layer.weight[present] = torch.from_numpy(coefficients).float()
        layer.bias[present] = torch.from_numpy(intercepts).float()
    return layer.requires_grad_(False)
