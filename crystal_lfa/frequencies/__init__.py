"""Which frequencies are visited, and the only loop over them."""

from crystal_lfa.frequencies.branch_and_bound import Enclosure, branch_and_bound
from crystal_lfa.frequencies.budget import parse_memory, readable_bytes
from crystal_lfa.frequencies.options import RunOptions
from crystal_lfa.frequencies.plan import Chunks, Cost, Plan, make_chunks, make_plan
from crystal_lfa.frequencies.points import PointMeasure, measure_at
from crystal_lfa.frequencies.progress import Progress, as_progress
from crystal_lfa.frequencies.reduction import Reduction
from crystal_lfa.frequencies.run import available_cores, run_chunk, run_into, run_plan, single_blas_thread
from crystal_lfa.frequencies.waves import FrequencyWaves, OppositeWaves, TorusWaves, WaveFunctions

__all__ = [
    "Chunks",
    "Cost",
    "Enclosure",
    "FrequencyWaves",
    "OppositeWaves",
    "Plan",
    "PointMeasure",
    "Progress",
    "Reduction",
    "RunOptions",
    "TorusWaves",
    "WaveFunctions",
    "as_progress",
    "available_cores",
    "branch_and_bound",
    "make_chunks",
    "make_plan",
    "measure_at",
    "parse_memory",
    "readable_bytes",
    "run_chunk",
    "run_into",
    "run_plan",
    "single_blas_thread",
]
