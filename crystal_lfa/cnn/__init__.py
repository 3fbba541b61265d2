"""Convolutional networks: their layers as operators, their files, and what their singular values say."""

from crystal_lfa.cnn.analysis import analyze
from crystal_lfa.cnn.convolution import conv
from crystal_lfa.cnn.images import from_image, to_image
from crystal_lfa.cnn.layer import ConvLayer
from crystal_lfa.cnn.readers import load
from crystal_lfa.cnn.report import LayerReport, Report
from crystal_lfa.cnn.vectors import LeadingVectors, leading_vectors

__all__ = [
    "ConvLayer",
    "LayerReport",
    "LeadingVectors",
    "Report",
    "analyze",
    "conv",
    "from_image",
    "leading_vectors",
    "load",
    "to_image",
]
