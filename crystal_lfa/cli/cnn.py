"""``crystal-lfa cnn MODEL``: every singular value of a network's convolutions."""

from __future__ import annotations

import argparse
import sys
from typing import Any

__all__ = ["add_parser"]

EPILOG = """\
ONNX and Keras models and TorchScript programs tell strides, dilations and groups, and input sizes as far as they know
them. A file of bare weights does not. Give what is missing in a TOML file, one table a layer or pattern, later ones
win:

    ["*"]
    input_shape = [32, 32]
    ["layer2.0.conv1"]
    stride = 2
    groups = 4

What nobody gave is assumed (stride, dilation and groups 1, inputs of the network's size, or 32) and marked with *.
"""


def add_parser(commands: Any) -> None:
    """Add the subcommand to the command's subparsers."""
    parser = commands.add_parser(
        "cnn",
        usage="%(prog)s MODEL [options]",
        help="every singular value of every convolution of a trained model",
        description="Print the singular values of the convolutions in a model file, layer by layer.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    formats = "an .onnx, .safetensors, .keras, .h5, .pt, .pth, .npz or .npy file"
    parser.add_argument("model", metavar="MODEL", help=formats)
    parser.add_argument(
        "--input-shape",
        type=_extent,
        nargs="+",
        metavar="N",
        help="height and width of the network's input, without channels; after MODEL",
    )
    parser.add_argument("--attributes", metavar="FILE.toml", help="what the model file does not say; see below")
    parser.add_argument(
        "--layer", action="append", metavar="PATTERN", help="only layers of this name or glob; may be repeated"
    )
    parser.add_argument("--json", metavar="FILE", help="write the report as JSON; - for standard output, no table")
    parser.add_argument("--csv", metavar="FILE", help="write the report as CSV")
    parser.add_argument("--markdown", metavar="FILE", help="write the table as Markdown")
    parser.add_argument("--html", metavar="FILE", help="write the report as one page with pictures")
    parser.add_argument("--save-values", metavar="FILE.npz", help="write all singular values, an array a layer")
    parser.add_argument(
        "--vectors",
        action=_Vectors,
        nargs=2,
        metavar=("K", "FILE.npz"),
        help="write the K largest singular values of one layer (--layer) and their vectors as images",
    )
    parser.add_argument(
        "--plot", metavar="FILE", help="draw the layers' spectra, or the vectors (--vectors): .png, .pdf or .svg"
    )
    parser.add_argument("--memory", default="1GB", help="limit of what is allocated (default 1GB)")
    parser.add_argument("--jobs", type=_positive, metavar="N", help="threads (default: one a core)")
    parser.set_defaults(run=_run, lighter="fewer layers (--layer) or a smaller --input-shape may fit")


class _Vectors(argparse.Action):
    """Read a number and a file's name."""

    def __call__(self, _parser: object, namespace: argparse.Namespace, values: Any, _option: object = None) -> None:
        count, path = values
        try:
            setattr(namespace, self.dest, (_positive(count), path))
        except argparse.ArgumentTypeError as error:
            raise argparse.ArgumentError(self, str(error)) from None


def _extent(text: str) -> int:
    try:
        return _positive(text)
    except argparse.ArgumentTypeError as error:
        raise argparse.ArgumentTypeError(f"{error}, and MODEL comes before --input-shape") from None


def _positive(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"got {text!r}; a positive integer is needed") from None
    if number < 1:
        raise argparse.ArgumentTypeError(f"got {number}; a positive integer is needed")
    return number


def _run(options: argparse.Namespace) -> int:
    from crystal_lfa.cli.display import print_report, progress_display
    from crystal_lfa.cli.interruption import interruption_between_chunks
    from crystal_lfa.cnn.command import Request, run, vectors_of, write_outputs

    request = Request(
        model=options.model,
        input_shape=tuple(options.input_shape) if options.input_shape else None,
        attributes=options.attributes,
        patterns=tuple(options.layer or ()),
        json=None if options.json == "-" else options.json,
        csv=options.csv,
        markdown=options.markdown,
        html=options.html,
        values=options.save_values,
        vectors=options.vectors,
        picture=options.plot,
        memory=options.memory,
        jobs=options.jobs,
    )
    with progress_display() as display, interruption_between_chunks() as check:

        def progress(layer: str, done: int, total: int) -> None:
            display(layer, done, total)
            check()

        report = run(request, progress)
        vectors = vectors_of(request, report, progress)
    write_outputs(request, report, vectors)
    if options.json == "-":
        sys.stdout.write(report.to_json())
    else:
        print_report(report)
    return 0
