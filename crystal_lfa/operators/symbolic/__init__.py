"""Operators whose numbers are SymPy expressions: parameters, closed forms, functions of the parameters."""
