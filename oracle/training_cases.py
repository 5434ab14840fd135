"""Records what torch and scikit-learn compute in f64 when they tune on small made-up features, for the tests of
`training`.

usage: training_cases.py
"""

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from scipy.linalg import eigh
from sklearn.linear_model import LogisticRegression

TARGET = Path(__file__).parent.parent / "training/src/test/resources/dev/fovea/training/method"
FACTOR = 20.0
STEPS = 12


def data(seed, classes, shots, width):
    """Features of unit length around a mean for each class, texts near the means; all exactly f32."""
    random = np.random.default_rng(seed)
    means = random.normal(size=(classes, width))
    features = np.repeat(means, shots, 0) + 0.8 * random.normal(size=(classes * shots, width))
    texts = means + 0.8 * random.normal(size=(classes, width))
    unit = lambda rows: (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32).astype(np.float64)
    return unit(features), np.repeat(np.arange(classes), shots), unit(texts)


def probe(features, labels, penalty):
    fitted = LogisticRegression(C=1 / penalty, solver="newton-cholesky", tol=1e-13, max_iter=1000).fit(features, labels)
    classes = labels.max() + 1
    if classes == 2:
        weight = np.concatenate([-fitted.coef_ / 2, fitted.coef_ / 2])
        bias = np.concatenate([-fitted.intercept_ / 2, fitted.intercept_ / 2])
    else:
        weight, bias = fitted.coef_, fitted.intercept_
    logits = torch.tensor(features @ weight.T + bias)
    loss = F.cross_entropy(logits, torch.tensor(labels), reduction="sum").item()
    objective = loss + penalty / 2 * (fitted.coef_**2).sum()
    return {"penalty": penalty, "weight": weight.tolist(), "bias": bias.tolist(), "objective": objective}


def tip_f(features, labels, texts, alpha, beta, epochs):
    f, y, t = torch.tensor(features), torch.tensor(labels), torch.tensor(texts)
    keys = torch.nn.Parameter(f.clone())
    values = F.one_hot(y).double()
    optimizer = torch.optim.AdamW([keys], lr=1e-3, eps=1e-4)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    losses = []
    for _ in range(epochs):
        logits = FACTOR * f @ t.T + alpha * torch.exp(-(beta - beta * (f @ keys.T))) @ values
        loss = F.cross_entropy(logits, y)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
    return {"alpha": alpha, "beta": beta, "losses": losses, "keys": keys.tolist()}


def lp_plus_plus(features, labels, texts, steps):
    f, y, t = torch.tensor(features), torch.tensor(labels), torch.tensor(texts)
    onehot = F.one_hot(y).double()
    similarities = f @ t.T
    weight = torch.nn.Parameter(onehot.T @ f)
    bias = torch.nn.Parameter(torch.zeros(len(t), dtype=torch.float64))
    start = 250 * ((onehot * similarities).sum(0) / onehot.sum(0)).mean()
    alpha = torch.nn.Parameter(start * torch.ones(len(t), dtype=torch.float64))
    rate = 4 * len(f) / max(eigh((f.T @ f).numpy(), eigvals_only=True))
    text_rate = len(f) / (4 * (similarities**2).sum(0).max())
    optimizer = torch.optim.SGD([weight, bias], rate, momentum=0.9)
    losses = []
    for step in range(steps):
        loss = F.cross_entropy(f @ weight.T + bias + alpha * similarities, y)
        losses.append(loss.item())
        optimizer.zero_grad()
        alpha.grad = None
        loss.backward()
        optimizer.step()
        if (step + 1) % 10 == 0:
            alpha.data -= text_rate * alpha.grad
    folded = weight + alpha[:, None] * t
    return {"losses": losses, "weight": folded.tolist(), "bias": bias.tolist()}


def prolip(labels, texts, hidden, steps, rate):
    random = np.random.default_rng(7)
    x = torch.tensor(random.normal(size=(len(labels), hidden)).astype(np.float32).astype(np.float64))
    start = torch.tensor(random.normal(size=(texts.shape[1], hidden)).astype(np.float32).astype(np.float64))
    y, t = torch.tensor(labels), torch.tensor(texts)
    projection = torch.nn.Parameter(start.clone())
    optimizer = torch.optim.Adam([projection], lr=rate, eps=1e-4)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    losses = []
    for _ in range(steps):
        logits = FACTOR * F.normalize(x @ projection.T, dim=-1) @ t.T
        loss = F.cross_entropy(logits, y) + len(t) / len(y) * F.mse_loss(projection, start, reduction="sum")
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
    return {"pooled": x.tolist(), "start": start.tolist(), "rate": rate, "losses": losses, "projection": projection.tolist()}


def case(seed, classes, shots, width):
    features, labels, texts = data(seed, classes, shots, width)
    f, t = torch.tensor(features), torch.tensor(texts)
    values = F.one_hot(torch.tensor(labels)).double()
    tip = FACTOR * f @ t.T + 2.5 * torch.exp(-3 * (1 - f @ f.T)) @ values
    return {
        "factor": FACTOR,
        "features": features.tolist(),
        "labels": labels.tolist(),
        "texts": texts.tolist(),
        "largestEigenvalue": max(eigh(features.T @ features, eigvals_only=True)),
        "probes": [probe(features, labels, 10.0**exponent) for exponent in (-3, -1, 0, 2)],
        "tip": {"alpha": 2.5, "beta": 3.0, "logits": tip.tolist()},
        "tipF": tip_f(features, labels, texts, 1.0, 5.5, STEPS),
        "lpPlusPlus": lp_plus_plus(features, labels, texts, 2 * STEPS),
        "prolip": prolip(labels, texts, 7, STEPS, 1e-2),
    }


if __name__ == "__main__":
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, value in {"three": case(1, 3, 6, 5), "two": case(2, 2, 5, 4)}.items():
        (TARGET / f"{name}.json").write_text(json.dumps(value, separators=(",", ":")) + "\n")
