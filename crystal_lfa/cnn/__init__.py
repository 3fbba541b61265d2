"""Convolutional networks: their layers as operators, their files, and what their singular values say."""

from crystal_lfa.cnn.analysis import analyze
from crystal_lfa.cnn.boundaries import Boundary, boundary_matrix
from crystal_lfa.cnn.boundary_comparison import BoundaryComparison, compare_boundaries
from crystal_lfa.cnn.clipping import clip
from crystal_lfa.cnn.convolution import conv
from crystal_lfa.cnn.gain import BlockGain, NetworkGain
from crystal_lfa.cnn.images import from_image, to_image
from crystal_lfa.cnn.layer import ConvLayer
from crystal_lfa.cnn.normalization import batch_norm
from crystal_lfa.cnn.readers import load
from crystal_lfa.cnn.report import LayerReport, Report
from crystal_lfa.cnn.resampling import (
    average_pooling,
    bicubic_upsampling,
    bilinear_upsampling,
    blur_pooling,
    nearest_upsampling,
    pixel_shuffle,
    pixel_unshuffle,
)
from crystal_lfa.cnn.storing import store
from crystal_lfa.cnn.totals import NetworkTotals
from crystal_lfa.cnn.vectors import LeadingVectors, leading_vectors

__all__ = [
    "BlockGain",
    "Boundary",
    "BoundaryComparison",
    "ConvLayer",
    "LayerReport",
    "LeadingVectors",
    "NetworkGain",
    "NetworkTotals",
    "Report",
    "analyze",
    "average_pooling",
    "batch_norm",
    "bicubic_upsampling",
    "bilinear_upsampling",
    "blur_pooling",
    "boundary_matrix",
    "clip",
    "compare_boundaries",
    "conv",
    "from_image",
    "leading_vectors",
    "load",
    "nearest_upsampling",
    "pixel_shuffle",
    "pixel_unshuffle",
    "store",
    "to_image",
]
