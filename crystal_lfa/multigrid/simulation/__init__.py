"""Methods run as sparse matrices, on tori and with Dirichlet boundaries: predictions against what happens."""
