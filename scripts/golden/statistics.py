# Golden file of harness/stats, made by scikit-learn (1.9) and scipy (1.17).
#   python scripts/golden/statistics.py
# Inputs are rounded to few decimals before either library sees them, so the file holds the exact input.
import json
import pathlib
import warnings

import numpy as np
from scipy import special, stats
from sklearn import metrics

warnings.simplefilter("ignore")
FOLDER = pathlib.Path(__file__).parents[2] / "harness/stats"
rng = np.random.default_rng(15)


def rounded(a, decimals=2):
    return np.round(a, decimals)


def classification():
    cases = []
    for classes, items in [(2, 30), (2, 7), (3, 40), (5, 60)]:
        truth = rng.integers(0, classes, items)
        guess = np.where(rng.random(items) < 0.6, truth, rng.integers(0, classes, items))
        case = {"truth": truth.tolist(), "guess": guess.tolist(), "matthews": metrics.matthews_corrcoef(truth, guess)}
        if classes == 2:
            case["f1"] = metrics.f1_score(truth, guess)
        cases.append(case)
    return cases


def ranking():
    cases = []
    for items, decimals in [(25, 1), (40, 6), (60, 1)]:
        labels = rng.integers(0, 2, items)
        scores = rounded(rng.random(items) + 0.3 * labels, decimals)
        values = rounded(scores + rng.normal(0, 0.3, items), 1)
        cases.append({
            "labels": labels.tolist(),
            "scores": scores.tolist(),
            "values": values.tolist(),
            "auc": metrics.roc_auc_score(labels, scores),
            "pearson": stats.pearsonr(scores, values).statistic,
            "spearman": stats.spearmanr(scores, values).statistic,
        })
    return cases


def log_loss():
    chances = np.round(rng.random(20), 3)
    chances[:2] = [0.0, 1.0]
    labels = rng.integers(0, 2, 20)
    labels[:2] = [1, 1]
    clipped = np.clip(chances, 1e-7, 1 - 1e-7)
    logits = rounded(rng.normal(0, 3, (15, 4)))
    targets = rng.integers(0, 4, 15)
    return {
        "chances": chances.tolist(),
        "labels": labels.tolist(),
        "value": metrics.log_loss(labels, clipped),
        "logits": logits.tolist(),
        "targets": targets.tolist(),
        "ofLogits": metrics.log_loss(targets, special.softmax(logits, axis=1), labels=[0, 1, 2, 3]),
    }


def distributions():
    xs = [-30.0, -5.3, -2.5, -1.0, -0.1, 0.0, 0.3, 1.9, 2.1, 4.0]
    ps = [1e-9, 0.001, 0.025, 0.3, 0.5, 0.8, 0.975, 0.9999]
    ts = [(t, f) for t in [0.1, 1.0, 2.776, 12.0] for f in [1, 2, 4, 7.3, 100]]
    return {
        "normalCdf": [[x, stats.norm.cdf(x)] for x in xs],
        "normalQuantile": [[p, stats.norm.ppf(p)] for p in ps],
        "twoSidedT": [[t, f, 2 * stats.t.sf(t, f)] for t, f in ts],
        "tQuantile": [[p, f, stats.t.isf(p / 2, f)] for p in [0.01, 0.05, 0.5] for f in [1, 2, 4, 30]],
        "logGamma": [[x, special.gammaln(x)] for x in [0.1, 0.5, 1.0, 3.7, 9.0, 101.5]],
        "wilson": [
            [k, n, *stats.binomtest(k, n).proportion_ci(0.95, method="wilson")]
            for k, n in [(0, 20), (20, 20), (735, 872), (1, 3)]
        ],
    }


def tests():
    cases = []
    for n, m in [(3, 3), (5, 5), (4, 6), (7, 7)]:
        a = rounded(rng.normal(0.84, 0.02, n), 3)
        b = rounded(rng.normal(0.82, 0.02, m), 3)
        case = {
            "a": a.tolist(),
            "b": b.tolist(),
            "permutation": stats.permutation_test(
                (a, b), lambda x, y: abs(np.mean(x) - np.mean(y)), alternative="greater", n_resamples=np.inf
            ).pvalue,
            "welch": stats.ttest_ind(a, b, equal_var=False).pvalue,
        }
        if n == m:
            case["signFlip"] = stats.permutation_test(
                (a - b,), lambda d: abs(np.mean(d)), permutation_type="samples", alternative="greater", n_resamples=np.inf
            ).pvalue
            case["paired"] = stats.ttest_rel(a, b).pvalue
        cases.append(case)
    return cases


def bootstrap():
    # Skewed, so that bias correction and acceleration matter; many resamples, so that the interval is nearly exact.
    cases = []
    for n in [6, 8, 20]:
        values = rounded(rng.exponential(1.0, n), 3)
        case = {"values": values.tolist()}
        for method in ["percentile", "BCa"]:
            found = stats.bootstrap(
                (values,), np.mean, method=method, n_resamples=400_000, batch=20_000, rng=np.random.default_rng(1)
            ).confidence_interval
            case[method.lower()] = [found.low, found.high]
        cases.append(case)
    return cases


def main():
    golden = {
        "classification": classification(),
        "ranking": ranking(),
        "logLoss": log_loss(),
        "distributions": distributions(),
        "tests": tests(),
        "bootstrap": bootstrap(),
    }
    path = FOLDER / "statistics.golden.json"
    path.write_text(json.dumps(golden) + "\n")


main()
