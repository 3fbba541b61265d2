"""Methods described by names and numbers, and what there is to say of them: for ``crystal-lfa multigrid``."""
