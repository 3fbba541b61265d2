"""Cycles: two grids, several grids, as error propagators composed of operators."""
