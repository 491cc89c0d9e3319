"""Sparse matrices as plain arrays, so that a model is one npz file without pickle."""

from collections.abc import Mapping

import numpy as np
from scipy.sparse import csr_matrix

State = Mapping[str, np.ndarray]


def pack(name: str, matrix: csr_matrix) -> dict[str, np.ndarray]:
    """The arrays of a sparse matrix, each under the matrix's name.

    >>> sorted(pack("profile", csr_matrix([[1.0]])))
    ['profile.data', 'profile.indices', 'profile.indptr', 'profile.shape']
    """
    return {
        f"{name}.data": matrix.data,
        f"{name}.indices": matrix.indices,
        f"{name}.indptr": matrix.indptr,
        f"{name}.shape": np.array(matrix.shape),
    }


def unpack(name: str, state: State) -> csr_matrix:
    """The sparse matrix that `pack` took apart."""
    arrays = (state[f"{name}.data"], state[f"{name}.indices"], state[f"{name}.indptr"])
    return csr_matrix(arrays, shape=tuple(state[f"{name}.shape"]))
