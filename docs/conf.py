"""Sphinx configuration."""

import warnings
from importlib.metadata import version as installed_version

project = "crystal_lfa"
author = "the crystal_lfa developers"
copyright = "2026, the crystal_lfa developers"  # noqa: A001 - Sphinx's name
release = installed_version("crystal-lfa")

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "numpydoc",
    "myst_parser",
    "sphinx_gallery.gen_gallery",
]
html_theme = "furo"
html_title = "crystal_lfa"
exclude_patterns = [
    "_build",
    "benchmarks/*",  # parts of benchmarks.md
    "gallery/*.ipynb",
    "gallery/*.py",
    "gallery/*.md5",
    "gallery/*.json",
    "gallery/*.zip",
]
myst_enable_extensions = ["dollarmath"]
autosummary_generate = True
autodoc_typehints = "none"
# How a class of results is put into files: for contributors, in docs/architecture.
autodoc_default_options = {"exclude-members": "fits,known,stored,restored"}
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
sphinx_gallery_conf = {
    "examples_dirs": "../examples/gallery",
    "gallery_dirs": "gallery",
    "download_all_examples": False,
    "show_memory": False,
    "abort_on_example_error": True,
}

warnings.filterwarnings("ignore", message="FigureCanvasAgg is non-interactive", category=UserWarning)
