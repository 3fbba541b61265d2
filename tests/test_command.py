"""The command ``crystal-lfa cnn``, run as users run it."""

from __future__ import annotations

import csv
import io
import json
import os
import pickle
import re
import select
import signal
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from commands import alike, command, run, run_cold
from safetensors.numpy import save_file

import crystal_lfa as lfa

ROOT = Path(__file__).resolve().parents[1]
MODEL = ROOT / "examples" / "digits" / "digits.safetensors"
ATTRIBUTES = MODEL.with_suffix(".toml")
DIGITS = (str(MODEL), "--attributes", str(ATTRIBUTES))
LAYERS = ["depthwise", "dilated", "down", "mixed", "pointwise", "stem"]


def analyse(*arguments: str, folder: Path, without: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """Run ``crystal-lfa cnn`` and see that it succeeds silently."""
    result = run("cnn", *arguments, folder=folder, without=without)
    assert result.stderr == ""
    assert result.returncode == 0
    return result


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def report() -> lfa.cnn.Report:
    return lfa.cnn.analyze(MODEL, attributes=ATTRIBUTES)


def test_the_table(report: lfa.cnn.Report, tmp_path: Path) -> None:
    result = analyse(*DIGITS, folder=tmp_path)
    assert result.stdout == f"{report}\n"
    rows = [line.split() for line in result.stdout.splitlines()[2:8]]
    assert [row[0] for row in rows] == LAYERS
    assert [float(row[7]) for row in rows] == pytest.approx([layer.sigma_max for layer in report], rel=1e-5)
    assert names_in(tmp_path) == []


def test_every_output_at_once(report: lfa.cnn.Report, tmp_path: Path) -> None:
    outputs = ("--json", "a.json", "--csv", "a.csv", "--save-values", "a.npz", "--plot", "a.png")
    result = analyse(*DIGITS, *outputs, folder=tmp_path)
    assert result.stdout == f"{report}\n"
    assert names_in(tmp_path) == ["a.csv", "a.json", "a.npz", "a.png"]
    assert alike(json.loads((tmp_path / "a.json").read_text()), json.loads(report.to_json()))
    assert [row["name"] for row in csv.DictReader(io.StringIO((tmp_path / "a.csv").read_text()))] == LAYERS
    with np.load(tmp_path / "a.npz", allow_pickle=False) as archive:
        assert archive.files == LAYERS
        for layer in lfa.cnn.load(MODEL, attributes=ATTRIBUTES):
            expected = lfa.svdvals(layer.operator(), layer.torus())
            np.testing.assert_allclose(archive[layer.name], expected, atol=1e-13 * expected.max())
    content = (tmp_path / "a.png").read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", content[16:24])
    assert 900 <= width <= 2000
    assert 500 <= height <= 1500


def test_the_picture_is_not_empty(tmp_path: Path) -> None:
    from matplotlib import image

    analyse(*DIGITS, "--plot", "a.png", folder=tmp_path)
    pixels = image.imread(tmp_path / "a.png")[..., :3]
    coloured = np.ptp(pixels, axis=-1) > 0.2
    assert 0.02 < coloured.mean() < 0.9
    # Each of the six rows has its colour somewhere in the picture.
    bands = np.array_split(coloured, 6, axis=0)
    assert all(band.any() for band in bands)


@pytest.mark.parametrize(("suffix", "signature"), [("pdf", b"%PDF"), ("svg", b"<?xml"), ("PNG", b"\x89PNG")])
def test_pictures_in_other_formats(suffix: str, signature: bytes, tmp_path: Path) -> None:
    analyse(*DIGITS, "--layer", "stem", "--plot", f"a.{suffix}", folder=tmp_path)
    assert (tmp_path / f"a.{suffix}").read_bytes().startswith(signature)


def test_json_to_standard_output_comes_alone(report: lfa.cnn.Report, tmp_path: Path) -> None:
    result = analyse(*DIGITS, "--json", "-", folder=tmp_path)
    assert alike(json.loads(result.stdout), json.loads(report.to_json()))
    assert names_in(tmp_path) == []


def test_layers_by_name_and_pattern(tmp_path: Path) -> None:
    result = analyse(*DIGITS, "--layer", "d?wn", "--layer", "stem", "--json", "-", folder=tmp_path)
    assert [layer["name"] for layer in json.loads(result.stdout)["layers"]] == ["down", "stem"]


def test_jobs_and_memory_change_no_number(report: lfa.cnn.Report, tmp_path: Path) -> None:
    for options in (("--jobs", "1"), ("--jobs", "3", "--memory", "3MB")):
        result = analyse(*DIGITS, *options, "--json", "-", folder=tmp_path)
        told = [layer["sigma_max"] for layer in json.loads(result.stdout)["layers"]]
        assert told == pytest.approx([layer.sigma_max for layer in report], rel=1e-13)


@pytest.mark.parametrize("jobs", [None, 1, 3])
def test_jobs_is_the_number_of_threads(jobs: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    from crystal_lfa.cnn import command as work

    seen: list[Any] = []

    def analyze(*arguments: Any, **options: Any) -> lfa.cnn.Report:
        seen.append(options.get("executor"))
        return lfa.cnn.analyze(*arguments, **options)

    monkeypatch.setattr(work, "analyze", analyze)
    request = work.Request(str(MODEL), attributes=str(ATTRIBUTES), patterns=("stem",), jobs=jobs)
    assert [layer.name for layer in work.run(request, lambda _layer, _done, _total: None)] == ["stem"]
    (executor,) = seen
    assert (None if executor is None else executor._max_workers) == jobs


def test_what_nobody_told_is_assumed_and_said(tmp_path: Path) -> None:
    result = analyse(str(MODEL), "--input-shape", "10", "12", folder=tmp_path)
    assert all(line.split()[2:6] == ["1*", "1*", "1*", "10x12*"] for line in result.stdout.splitlines()[2:8])
    assert "* assumed, since the model does not tell: dilation, groups, input_shape" in result.stdout
    assert "depthwise, stem: read as 16 filters on one channel" in result.stdout
    square = analyse(str(MODEL), "--input-shape", "5", "--json", "-", folder=tmp_path)
    assert {tuple(layer["input_shape"]) for layer in json.loads(square.stdout)["layers"]} == {(5, 5)}


def test_an_output_replaces_an_older_one(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("before")
    analyse(*DIGITS, "--layer", "stem", "--json", "a.json", folder=tmp_path)
    assert "sigma_max" in (tmp_path / "a.json").read_text()
    assert names_in(tmp_path) == ["a.json"]


# without optional libraries ----------------------------------------------------------------------------------


def test_without_any_optional_library_an_npz_is_analysed(report: lfa.cnn.Report, tmp_path: Path) -> None:
    np.savez(tmp_path / "digits.npz", **{layer.name: layer.layer.weight for layer in report})
    without = ("rich", "matplotlib", "safetensors", "torch")
    result = analyse("digits.npz", "--attributes", str(ATTRIBUTES), folder=tmp_path, without=without)
    assert result.stdout == f"{report}\n"


def save_state(folder: Path) -> str:
    torch.save({"a.weight": torch.ones(1, 1, 3)}, folder / "a.pt")
    return "a.pt"


missing = [
    ("matplotlib", "plot", lambda _: (*DIGITS, "--plot", "out.png"), "--plot needs matplotlib"),
    ("safetensors", "safetensors", lambda _: DIGITS, "digits.safetensors needs safetensors"),
    ("torch", "torch", lambda folder: (save_state(folder),), "reading a.pt needs torch"),
]


@pytest.mark.parametrize(("library", "extra", "make", "message"), missing, ids=[case[0] for case in missing])
def test_a_missing_library_is_named_with_its_extra(
    library: str, extra: str, make: Any, message: str, tmp_path: Path
) -> None:
    arguments = make(tmp_path)
    before = names_in(tmp_path)
    result = run("cnn", *arguments, "--json", "out.json", folder=tmp_path, without=[library])
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert message in line
    assert line.endswith(f", which is not installed: pip install 'crystal-lfa[{extra}]'")
    assert names_in(tmp_path) == before


# the command itself ------------------------------------------------------------------------------------------


def test_help_names_every_option(tmp_path: Path) -> None:
    whole = run("--help", folder=tmp_path)
    assert (whole.returncode, whole.stderr) == (0, "")
    assert "cnn" in whole.stdout
    result = run("cnn", "--help", folder=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("usage: crystal-lfa cnn MODEL [options]")
    options = ("input-shape", "attributes", "layer", "json", "csv", "save-values", "plot", "memory", "jobs")
    for option in options:
        assert f"--{option}" in result.stdout


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys, contextlib\n"
        "from crystal_lfa.cli import main\n"
        "with contextlib.suppress(SystemExit): main(['cnn', '--help'])\n"
        "print('heavy:', *{name.partition('.')[0] for name in sys.modules} & {'torch', 'matplotlib', 'rich'})\n"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "heavy:"


def test_version(tmp_path: Path) -> None:
    result = run("--version", folder=tmp_path)
    assert (result.returncode, result.stdout) == (0, f"crystal-lfa {lfa.__version__}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("cnn", *DIGITS),
        ("cnn", "none.npz"),
        ("lattice", "kagome"),
        ("multigrid", "poisson", "--smoother", "jacobi"),
    ],
    ids=["help", "cnn", "cnn, an error", "lattice", "multigrid"],
)
def test_commands_that_import_everything_anew_say_the_same(arguments: tuple[str, ...], tmp_path: Path) -> None:
    cold, warm = (start(*arguments, folder=tmp_path) for start in (run_cold, run))
    assert (cold.returncode, cold.stdout, cold.stderr) == (warm.returncode, warm.stdout, warm.stderr)


def test_the_installed_command_is_this_one() -> None:
    (point,) = entry_points(group="console_scripts", name="crystal-lfa")
    assert point.value == "crystal_lfa.cli:main"
    from crystal_lfa.cli import main

    assert point.load() is main


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    process = subprocess.Popen(
        command("cnn", *DIGITS), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(timeout=60) == 0
    process.stderr.close()


# on a terminal -----------------------------------------------------------------------------------------------


class Terminal:
    """A command whose standard output and error are a terminal."""

    def __init__(self, *arguments: str, folder: Path, without: Sequence[str] = ()) -> None:
        pty = pytest.importorskip("pty", reason="the system has no pseudo-terminals")
        self.master, slave = pty.openpty()
        environment = os.environ | {"COLUMNS": "110", "TERM": "xterm", "NO_COLOR": "1"}
        # A test run in the background may ignore interruptions, and what it starts would, too.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            self.process = subprocess.Popen(
                command(*arguments, without=without), cwd=folder, stdout=slave, stderr=slave, env=environment
            )
        finally:
            signal.signal(signal.SIGINT, before)
        os.close(slave)
        self.seen = b""

    def read_until(self, text: bytes) -> None:
        while text not in self.seen and self._read():
            pass
        assert text in self.seen

    def finish(self) -> str:
        while self._read():
            pass
        self.process.wait(timeout=60)
        os.close(self.master)
        return self.seen.decode()

    def _read(self) -> bool:
        if not select.select([self.master], [], [], 60)[0]:
            self.process.kill()
            pytest.fail("the command neither ends nor says anything")
        try:
            more = os.read(self.master, 65536)
        except OSError:
            # Linux says so when the last writer has gone.
            return False
        self.seen += more
        return bool(more)


@pytest.mark.parametrize("without", [(), ("rich",)], ids=["with rich", "without rich"])
def test_the_table_on_a_terminal(without: Sequence[str], report: lfa.cnn.Report, tmp_path: Path) -> None:
    terminal = Terminal("cnn", *DIGITS, folder=tmp_path, without=without)
    text = terminal.finish()
    assert terminal.process.returncode == 0
    for layer in report:
        (row,) = [line for line in text.splitlines() if line.strip().startswith(layer.name) and ":" not in line]
        cells = row.split()
        assert cells[1] == "x".join(map(str, layer.shape))
        assert f"{layer.sigma_max:.6g}" in cells
    assert "Singular values for circular padding" in text
    assert ("━" in text or "─" in text) != bool(without)
    assert "%" in text


@pytest.mark.parametrize("without", [(), ("rich",)], ids=["with rich", "without rich"])
def test_an_error_on_a_terminal_has_a_line_of_its_own(without: Sequence[str], tmp_path: Path) -> None:
    # A layer is done, and its progress shown, before the next one does not fit.
    terminal = Terminal("cnn", *DIGITS, "--memory", "50kB", folder=tmp_path, without=without)
    text = terminal.finish()
    assert terminal.process.returncode == 2
    assert "depthwise (1 of 6)" in text or "dilated (2 of 6)" in text
    plain = re.sub("\x1b" + r"\[[0-9?;]*[A-Za-z]", "\r", text)
    last = plain.splitlines()[-1].rsplit("\r", maxsplit=1)[-1]
    assert last.startswith("crystal-lfa: error: layer 'dilated', beside ")


@pytest.mark.parametrize("without", [(), ("rich",)], ids=["with rich", "without rich"])
def test_an_interruption_leaves_nothing(without: Sequence[str], tmp_path: Path) -> None:
    np.savez(tmp_path / "wide.npz", wide=np.random.default_rng(0).standard_normal((64, 64, 3, 3)))
    arguments = ("cnn", "wide.npz", "--input-shape", "512", "--json", "out.json", "--plot", "out.png", "--jobs", "1")
    terminal = Terminal(*arguments, folder=tmp_path, without=without)
    terminal.read_until(b"wide (1 of 1)")
    terminal.process.send_signal(signal.SIGINT)
    text = terminal.finish()
    assert terminal.process.returncode == 130
    assert "interrupted; nothing was written" in text
    assert "Traceback" not in text
    assert names_in(tmp_path) == ["wide.npz"]


# bad input ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bad:
    """Arguments, made in a folder, that the command has to refuse, and what its one line has to match."""

    make: Callable[[Path], Sequence[str]]
    message: str


def a_file(name: str, content: bytes) -> Callable[[Path], Sequence[str]]:
    def make(folder: Path) -> Sequence[str]:
        (folder / name).write_bytes(content)
        return (name,)

    return make


def a_cut_copy(name: str, write: Callable[[Path], Any], left: int) -> Callable[[Path], Sequence[str]]:
    def make(folder: Path) -> Sequence[str]:
        write(folder / name)
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[:left])
        return (name,)

    return make


def saved(name: str, **arrays: Any) -> Callable[[Path], Sequence[str]]:
    def make(folder: Path) -> Sequence[str]:
        np.savez(folder / name, **arrays)
        return (name,)

    return make


def with_attributes(text: str) -> Callable[[Path], Sequence[str]]:
    def make(folder: Path) -> Sequence[str]:
        (folder / "attributes.toml").write_text(text)
        return (str(MODEL), "--attributes", "attributes.toml")

    return make


def a_loop(*arguments: str) -> Callable[[Path], Sequence[str]]:
    def make(folder: Path) -> Sequence[str]:
        an_npz(folder / "a.npz")
        (folder / "loop").symlink_to("loop")
        return arguments

    return make


def a_torch_file(name: str) -> Callable[[Path], Sequence[str]]:
    def make(folder: Path) -> Sequence[str]:
        torch.save({f"{name}.weight": torch.ones(1, 1, 3)}, folder / "a.pt")
        return ("a.pt",)

    return make


def given(*arguments: str) -> Callable[[Path], Sequence[str]]:
    return lambda _folder: arguments


class Payload:
    """Pickled, a call that makes the folder "trace" where the command runs."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("trace",)


def a_pickle(name: str, *, zipped: bool) -> Callable[[Path], Sequence[str]]:
    def make(folder: Path) -> Sequence[str]:
        torch.save({"a.weight": Payload()}, folder / name, _use_new_zipfile_serialization=zipped)
        return (name,)

    return make


def a_safetensors_file(path: Path) -> None:
    save_file({"a.weight": np.ones((2, 2, 3, 3))}, path)


def an_npz(path: Path) -> None:
    np.savez(path, a=np.ones((2, 2, 3, 3)))


def an_npy(path: Path) -> None:
    np.save(path, np.ones((2, 2, 3, 3)))


def a_pt(path: Path) -> None:
    torch.save({"a.weight": torch.ones(2, 2, 3, 3)}, path)


def a_copy_of_the_model(folder: Path) -> Sequence[str]:
    an_npz(folder / "model.npz")
    return ("model.npz", "--save-values", "model.npz")


def a_program(folder: Path) -> Sequence[str]:
    with zipfile.ZipFile(folder / "script.pt", "w") as archive:
        archive.writestr("script/data.pkl", b"")
        archive.writestr("script/code/__torch__.py", b"")
    return ("script.pt",)


def objects() -> Any:
    array = np.empty((1, 1, 1), dtype=object)
    array[0, 0, 0] = Payload()
    return array


PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)
ONES = np.ones((1, 1, 3))

bad = {
    "no such model": Bad(given("none.pt"), r"none.pt: it cannot be opened: No such file"),
    "a folder": Bad(given("."), r"this is a folder; a model file \(.onnx, .safetensors, .keras, .*\) is needed"),
    "empty": Bad(a_file("empty.npz", b""), r"empty.npz: this is an empty file, not a model file; .onnx, .safet"),
    "safetensors cut in its header": Bad(
        a_cut_copy("a.safetensors", a_safetensors_file, 30), r"a damaged or mislabelled file \(its header does not fit"
    ),
    "safetensors cut in its data": Bad(
        a_cut_copy("a.safetensors", a_safetensors_file, -50), r"a.safetensors: this is not a sound safetensors file: "
    ),
    "npz cut": Bad(a_cut_copy("a.npz", an_npz, -50), r"a.npz: the archive is damaged: File is not a zip file"),
    "npy cut": Bad(a_cut_copy("a.npy", an_npy, -50), r"a.npy: cut short: .* 288 bytes, but 238 follow"),
    "pt cut": Bad(a_cut_copy("a.pt", a_pt, -50), r"a.pt: the archive is damaged"),
    "text called safetensors": Bad(a_file("a.safetensors", b"weights" * 9), r"a.safetensors: this is a text file, not"),
    "PNG called safetensors": Bad(a_file("a.safetensors", PNG), r"a.safetensors: this is a PNG image, not a model"),
    "text called pt": Bad(a_file("a.pt", b"weights" * 9), r"a.pt: this is a text file, not a model file"),
    "ONNX": Bad(a_file("a.onnx", bytes(range(8, 99))), r"a damaged ONNX file or none \(its fields do not fit its 91"),
    "code in pt": Bad(a_pickle("a.pt", zipped=True), r"a.pt: its pickle wants to run .*mkdir, and is not opened; save"),
    "code in legacy pt": Bad(a_pickle("a.pt", zipped=False), r"a.pt: its pickle wants to run .*mkdir, and is not op"),
    "code in a plain pickle": Bad(
        a_file("a.pt", pickle.dumps({"a.weight": Payload()})), r"a.pt: this is a plain pickle, which can run code"
    ),
    "TorchScript": Bad(a_program, r"script.pt: its pickle is damaged: Ran out of input"),
    "objects in npz": Bad(saved("a.npz", a=objects()), r"a.npz, a.npy: it holds pickled objects, which can run code"),
    "no convolution": Bad(saved("a.npz", fc=np.ones((3, 3))), r"a.npz: no convolution in it; weights are arrays with"),
    "NaN": Bad(
        saved("a.npz", a=ONES, b=ONES * np.nan), r"layer 'b': its weight holds NaN or infinity; it has to be fin"
    ),
    "infinity": Bad(saved("a.npz", a=ONES * np.inf), r"layer 'a': its weight holds NaN or infinity; it has to be fin"),
    "a budget too small for the result": Bad(
        given(*DIGITS, "--memory", "10kB"), r"layer 'dilated': memory: 10 kB cannot hold .* more than 29184 bytes are n"
    ),
    "a budget too small for the work": Bad(
        given(*DIGITS, "--memory", "50kB"), r"layer '\w+'.*: memory: .* cannot hold .*at least \d+ bytes are needed"
    ),
    "a budget that is no size": Bad(
        given(*DIGITS, "--memory", "big"), r"memory: got 'big'; a positive number of bytes"
    ),
    "attributes for no layer": Bad(
        with_attributes("[neck]\nstride = 2"), r"no layer is called 'neck'; the layers are depthwise, dilated, down"
    ),
    "attributes that no layer takes": Bad(
        with_attributes("[stem]\ngroups = 3"),
        r"layer 'stem', weight \(16, 1, 3, 3\): groups: got 3; a positive divisor",
    ),
    "attributes with an unknown key": Bad(
        with_attributes("[stem]\nstrides = 3"), r"attributes.toml: \[stem\] has the unknown key 'strides'; valid keys"
    ),
    "no TOML": Bad(with_attributes("[stem\nstride = 2"), r"attributes.toml: this is not a TOML file: .*line 1"),
    "no attributes": Bad(
        given(str(MODEL), "--attributes", "none.toml"), r"none.toml: the attributes cannot be read: No such file"
    ),
    "no such layer": Bad(given(*DIGITS, "--layer", "neck"), r"--layer: no layer is called 'neck'; the layers are dep"),
    "too many extents": Bad(
        given(str(MODEL), "--input-shape", "8", "8", "8"),
        r"layer 'depthwise', .*: input_shape: got \(8, 8, 8\); an int",
    ),
    "no extent": Bad(given(str(MODEL), "--input-shape", "0"), r"--input-shape: got 0; a positive integer is needed"),
    "the model after the extents": Bad(
        given("--input-shape", "8", str(MODEL)), r"--input-shape: got '.*'; .* and MODEL comes before --input-shape"
    ),
    "no folder for the output": Bad(
        given(*DIGITS, "--csv", "none/a.csv"), r"none/a.csv: the folder 'none' does not exist; create it first"
    ),
    "a folder as output": Bad(given(*DIGITS, "--csv", "."), r"\.: this is a folder; the name of a file is needed"),
    "the model as output": Bad(a_copy_of_the_model, r"model.npz: this is the model, and would be lost; another name"),
    "one file for two outputs": Bad(
        given(*DIGITS, "--csv", "./out.json"), r"out.json: this is another output, and would be lost; another name"
    ),
    "a picture of no known format": Bad(
        given(*DIGITS, "--plot", "a.gif"), r"a.gif: the name of a picture has to end in .png, .pdf, .svg"
    ),
    "links in a circle as the model": Bad(a_loop("loop"), r"loop: it cannot be opened: Too many levels of symbolic"),
    "links in a circle as attributes": Bad(
        a_loop("a.npz", "--attributes", "loop"), r"loop: the attributes cannot be read: Too many levels of symbolic"
    ),
    "links in a circle as output": Bad(
        a_loop("a.npz", "--csv", "loop"), r"loop: it cannot be written: Too many levels of symbolic links; a file in"
    ),
    "too long a name for the output": Bad(
        given(*DIGITS, "--csv", 300 * "a"), r"^crystal-lfa: error: a{300}: it cannot be written: File name too long"
    ),
    "too long a name for the model": Bad(given(300 * "a"), r"a{300}: it cannot be opened: File name too long"),
    "a device as the model": Bad(given(os.devnull), r"this is no regular file; a model file \(.onnx, .safet"),
    "a device as attributes": Bad(
        given(str(MODEL), "--attributes", os.devnull), r"this is no regular file; a TOML file is needed"
    ),
    "a number of too many digits": Bad(
        with_attributes("[stem]\nstride = " + 5000 * "9"), r"this is not a TOML file: Exceeds the limit"
    ),
    "a hexadecimal number of too many digits": Bad(
        with_attributes("[stem]\nstride = 0x" + 5000 * "f"), r"layer 'stem', weight .*: Exceeds the limit"
    ),
    "a name that a terminal would obey": Bad(
        a_torch_file("\x1b[31mred\n"), r"one called '\\x1b\[31mred\\n'; a name of at most 200 bytes is needed"
    ),
    "a name that leads out of the archive": Bad(a_torch_file("../a"), r"an archive cannot hold one called '../a'; a"),
    "an option that a terminal would obey": Bad(
        given(*DIGITS, "--\x1b[31m\n"), r"unrecognized arguments: --\\x1b\[31m \(see"
    ),
    "no jobs": Bad(given(*DIGITS, "--jobs", "none"), r"--jobs: got 'none'; a positive integer is needed"),
    "an unknown option": Bad(given(*DIGITS, "--strides", "2"), r"unrecognized arguments: --strides 2"),
    "no model": Bad(given(), r"the following arguments are required: MODEL"),
}
OUTPUTS = {"--json": "out.json", "--csv": "out.csv", "--save-values": "out.npz", "--plot": "out.png"}


def contents(folder: Path) -> dict[str, bytes | None]:
    return {path.name: None if path.is_symlink() else path.read_bytes() for path in folder.iterdir()}


def refused(case: Bad, folder: Path) -> str:
    """Run a case with every output asked for; return its line, having seen that nothing else is left of it."""
    arguments = case.make(folder)
    outputs = [text for option, name in OUTPUTS.items() if option not in arguments for text in (option, name)]
    before = contents(folder)
    result = run("cnn", *arguments, *outputs, folder=folder)
    assert result.returncode == 2
    assert result.stdout == ""
    assert contents(folder) == before
    (line,) = result.stderr.splitlines()
    return line


@pytest.mark.parametrize("name", bad)
def test_bad_input_gives_one_line_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    line = refused(bad[name], tmp_path)
    assert line.startswith(("crystal-lfa: error: ", "crystal-lfa cnn: error: "))
    assert re.search(bad[name].message, line), line


def test_the_longest_name_that_a_folder_takes(tmp_path: Path) -> None:
    analyse(*DIGITS, "--csv", 255 * "a", folder=tmp_path)
    assert names_in(tmp_path) == [255 * "a"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
@pytest.mark.parametrize("arguments", [("cnn", *DIGITS), ("--version",)], ids=["table", "version"])
def test_standard_output_that_is_full(arguments: Sequence[str], tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            command(*arguments), cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
        silent = subprocess.run(command("cnn", "none.npz"), cwd=tmp_path, stderr=full, check=False)
    assert (result.returncode, silent.returncode) == (2, 2)
    (line,) = result.stderr.splitlines()
    assert line.startswith("crystal-lfa: error: standard output: it cannot be used: No space left on device")


def test_streams_that_are_closed(tmp_path: Path) -> None:
    for stream in ("stdout", "stderr"):
        code = f"import sys; sys.{stream} = None; from crystal_lfa.cli import main; sys.exit(main(sys.argv[1:]))"
        arguments = [sys.executable, "-c", code, "cnn"]
        good = subprocess.run([*arguments, *DIGITS], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (good.returncode, good.stderr) == (0, "")
        wrong = subprocess.run([*arguments, "none.pt"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (wrong.returncode, wrong.stdout) == (2, "")
        assert ("none.pt" in wrong.stderr) == (stream == "stdout")


def test_names_that_the_terminal_cannot_print(tmp_path: Path) -> None:
    torch.save({"\u00e9\x1b[31m\n.weight": torch.ones(1, 1, 3)}, tmp_path / "a.pt")
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    arguments = command("cnn", "a.pt", "--csv", "a.csv", "--plot", "a.png")
    result = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines()[2].startswith(r"\xe9\x1b[31m\n ")
    assert "\x1b" not in Terminal("cnn", "a.pt", folder=tmp_path, without=["rich"]).finish().replace("\x1b[0m", "")


def test_memory_that_the_system_does_not_have(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    from crystal_lfa.cli import main
    from crystal_lfa.cnn import command as work

    def exhaust(*_arguments: Any, **_options: Any) -> None:
        raise MemoryError("Unable to allocate 3 TiB")

    monkeypatch.setattr(work, "analyze", exhaust)
    assert main(["cnn", *DIGITS]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("crystal-lfa: error: not enough memory: Unable to allocate 3 TiB; fewer layers")


def test_without_a_command(tmp_path: Path) -> None:
    result = run(folder=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert (
        result.stderr
        == "crystal-lfa: error: a command is needed: cnn, lattice, multigrid, kernels (see crystal-lfa --help)\n"
    )


@pytest.mark.skipif(
    os.access(os.devnull, os.W_OK) and getattr(os, "geteuid", lambda: 1)() == 0, reason="root may write"
)
def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o555)
    result = run("cnn", *DIGITS, "--json", "locked/a.json", folder=tmp_path)
    assert result.returncode == 2
    assert "locked/a.json: its folder cannot be written to; a file in a writable one is needed" in result.stderr
