"""Operators on a torus taken apart: singular values with their vectors, eigenvalues with theirs, functions of both."""
