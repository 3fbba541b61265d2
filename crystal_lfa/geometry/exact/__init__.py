"""Exact arithmetic: integers, fractions, normal forms, and the one border where floats become fractions."""
