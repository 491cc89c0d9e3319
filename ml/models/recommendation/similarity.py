"""How alike two rows of purchases are: cosine, Jaccard or Pearson, trusted less where few columns are shared."""

import numpy as np
from scipy.sparse import csr_matrix, diags

MEASURES = ("cosine", "jaccard", "pearson")


def similarities(left: csr_matrix, right: csr_matrix, measure: str = "cosine", shrinkage: float = 0.0) -> np.ndarray:
    """Similarity of each row of `left` (r, k) to each of `right` (m, k), (r, m); 0 where one has nothing.

    Each is multiplied by shared / (shared + shrinkage), shared being the columns both have: two customers alike in one
    product are hardly known to be alike (significance weighting: Herlocker, Konstan, Borchers, Riedl 1999, section
    4.2.2). Pearson's correlation counts what was not bought as 0. Raises KeyError for an unknown measure.

    >>> one, other = csr_matrix([[1.0, 1, 0, 0]]), csr_matrix([[1.0, 0, 1, 0]])
    >>> [similarities(one, other, name).round(2).item() for name in MEASURES]
    [0.5, 0.33, 0.0]
    >>> similarities(one, other, "cosine", shrinkage=1.0).round(2).item()
    0.25
    """
    found = {"cosine": cosines, "jaccard": jaccards, "pearson": correlations}[measure](left, right)
    if shrinkage > 0:
        shared = overlap(left, right)
        found *= shared / (shared + shrinkage)
    return np.asarray(found)


def overlap(left: csr_matrix, right: csr_matrix) -> np.ndarray:
    """Columns that both rows have, (r, m)."""
    return np.asarray(((left != 0).astype(np.float32) @ (right != 0).astype(np.float32).T).toarray())


def cosines(left: csr_matrix, right: csr_matrix) -> np.ndarray:
    return np.asarray((scale_rows(left) @ scale_rows(right).T).toarray())


def jaccards(left: csr_matrix, right: csr_matrix) -> np.ndarray:
    """Shared columns over columns either has."""
    shared = overlap(left, right)
    either = left.getnnz(axis=1)[:, None] + right.getnnz(axis=1)[None, :] - shared
    return shared / np.maximum(either, 1)


def correlations(left: csr_matrix, right: csr_matrix) -> np.ndarray:
    """Pearson's correlation over all columns."""
    columns = left.shape[1]
    means = [np.asarray(one.mean(axis=1)).ravel() for one in (left, right)]
    squares = [np.asarray(one.multiply(one).mean(axis=1)).ravel() for one in (left, right)]
    spreads = [np.sqrt(np.maximum(square - mean**2, 0)) for square, mean in zip(squares, means, strict=True)]
    together = (left @ right.T).toarray() / columns - np.outer(*means)
    scale = np.outer(*spreads)
    return np.divide(together, scale, out=np.zeros_like(together), where=scale > 1e-12)


def scale_rows(matrix: csr_matrix) -> csr_matrix:
    """Rows of length one, so that their products are cosines; a row of zeros stays."""
    lengths = np.sqrt(matrix.multiply(matrix).sum(axis=1)).A1
    return csr_matrix(diags(1 / np.where(lengths > 0, lengths, 1)).astype(matrix.dtype) @ matrix)
