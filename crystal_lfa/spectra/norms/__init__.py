"""Ends of spectra: norms and spectral radii, on tori and, certified or refined, on the infinite lattice."""
