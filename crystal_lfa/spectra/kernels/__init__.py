"""Kernels that work on many small matrices at once, one matrix a lane of a vector register; they need numba."""
