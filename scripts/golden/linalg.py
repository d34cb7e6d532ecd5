# Golden files for the tests of harness/linalg, made by numpy (2.4, LAPACK) and scipy (1.17).
#   python scripts/golden/linalg.py
# Matrices are rounded to 4 decimals before numpy sees them, so the files stay small and hold the exact input.
import json
import pathlib

import numpy as np
import scipy.fft
import scipy.linalg

FOLDER = pathlib.Path(__file__).parents[2] / "harness/linalg"
rng = np.random.default_rng(20240520)


def rounded(a):
    return np.array([[float(f"{x:.4f}") for x in row] for row in a])


def dump(a):
    a = np.atleast_2d(a)
    return {"rows": a.shape[0], "cols": a.shape[1], "data": a.ravel().tolist()}


def with_spectrum(rows, cols, s):
    k = len(s)
    u = np.linalg.qr(rng.standard_normal((rows, k)))[0]
    v = np.linalg.qr(rng.standard_normal((cols, k)))[0]
    return rounded((u * s) @ v.T)


def signs(vectors):
    """The factor of each column that makes its entry of largest magnitude positive."""
    return np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(vectors.shape[1])])


def svd_case(name, a, unique):
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    sign = signs(u)
    case = {"name": name, "a": dump(a), "s": s.tolist()}
    if unique:
        case |= {"u": dump(u * sign), "v": dump(vt.T * sign)}
    return case


def integers(rows, cols):
    """A matrix that any language computes exactly: entries k / 101 - 0.5."""
    i, j = np.indices((rows, cols))
    return ((31 * i * i + 17 * j * j + 7 * i * j) % 101) / 101 - 0.5


low_rank = np.array([[float(x) for x in row] for row in rng.integers(-3, 4, (10, 4)) @ rng.integers(-3, 4, (4, 8))])
svd_cases = [
    svd_case("square", rounded(rng.standard_normal((9, 9))), True),
    svd_case("tall", rounded(rng.standard_normal((20, 6))), True),
    svd_case("wide", rounded(rng.standard_normal((6, 20))), True),
    svd_case("rank 4 of 8", low_rank, False),
    svd_case("clustered", with_spectrum(12, 12, [5, 5, 5, 5.0001, 2, 2, 2, 1, 1, 1, 0.01, 0.01]), False),
    svd_case("graded", with_spectrum(14, 10, [10.0 ** -i for i in range(10)]), False),
]
large = integers(150, 110)
u, s, vt = np.linalg.svd(large, full_matrices=False)
rank = 6
leading = {
    "rows": 150,
    "cols": 110,
    "rank": rank,
    "s": s.tolist(),
    "left_row_0": (u[0, :rank] @ u[:, :rank].T).tolist(),
    "right_row_0": (vt[:rank, 0] @ vt[:rank]).tolist(),
    "residual": float(np.sum((large - (u[:, :rank] * s[:rank]) @ vt[:rank]) ** 2)),
}
(FOLDER / "svd.golden.json").write_text(json.dumps({"cases": svd_cases, "leading": leading}) + "\n")


def noise(rows, cols):
    """Uniform in (-0.5, 0.5) by the "minimal standard" generator x <- 48271 x mod 2^31 - 1, from x = 1."""
    x, values = 1, np.empty(rows * cols)
    for k in range(rows * cols):
        x = 48271 * x % 2147483647
        values[k] = x / 2147483647 - 0.5
    return values.reshape(rows, cols)


flat = []
for rows, cols in [(512, 512), (400, 160)]:
    s = np.linalg.svd(noise(rows, cols), compute_uv=False)
    trailing = {str(r): float(np.sum(s[r:] ** 2)) for r in (8, 32)}
    flat.append({"rows": rows, "cols": cols, "s": s[:40].tolist(), "trailing": trailing})
(FOLDER / "noise.golden.json").write_text(json.dumps(flat) + "\n")


def eigen_case(name, a, unique):
    values, vectors = np.linalg.eigh(a)
    values, vectors = values[::-1], vectors[:, ::-1]
    case = {"name": name, "a": dump(a), "values": values.tolist()}
    if unique:
        case["vectors"] = dump(vectors * signs(vectors))
    return case


symmetric = rounded(rng.standard_normal((11, 11)))
symmetric = symmetric + symmetric.T
gram = low_rank @ low_rank.T
eigen = [
    eigen_case("indefinite", symmetric, True),
    eigen_case("semidefinite of rank 4", gram, False),
    eigen_case("repeated", np.kron(np.eye(4), np.array([[2.0, 1.0], [1.0, 2.0]])), False),
]
(FOLDER / "eigen.golden.json").write_text(json.dumps(eigen) + "\n")


def qr_case(name, a):
    q, r = np.linalg.qr(a)
    sign = np.where(np.diag(r) < 0, -1.0, 1.0)
    return {"name": name, "a": dump(a), "q": dump(q * sign), "r": dump(r * sign[:, None])}


qr = [qr_case(case["name"], np.array(case["a"]["data"]).reshape(case["a"]["rows"], -1)) for case in svd_cases[:3]]
(FOLDER / "qr.golden.json").write_text(json.dumps(qr) + "\n")

base = rounded(rng.standard_normal((7, 9)))
spd = base @ base.T
right = rounded(rng.standard_normal((7, 3)))
(FOLDER / "cholesky.golden.json").write_text(
    json.dumps(
        {
            "a": dump(spd),
            "b": dump(right),
            "l": dump(np.linalg.cholesky(spd)),
            "x": dump(np.linalg.solve(spd, right)),
            "inverse": dump(np.linalg.inv(spd)),
        }
    )
    + "\n"
)

a, b = rounded(rng.standard_normal((2, 3))), rounded(rng.standard_normal((4, 2)))
signal = rounded(rng.standard_normal((3, 12)))
short = rounded(rng.standard_normal((2, 8)))
(FOLDER / "transforms.golden.json").write_text(
    json.dumps(
        {
            "a": dump(a),
            "b": dump(b),
            "kronecker": dump(np.kron(a, b)),
            "signal": dump(signal),
            "dct": dump(scipy.fft.dct(signal, type=2, norm="ortho", axis=1)),
            "short": dump(short),
            "hadamard": dump(short @ scipy.linalg.hadamard(8) / np.sqrt(8)),
        }
    )
    + "\n"
)
