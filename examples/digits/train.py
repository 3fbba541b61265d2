"""
Train the small convolutional network that ships with the examples.

The data are the 1797 handwritten digits of scikit-learn (grey images of 8 x 8 pixels). The network
has one convolution of each common kind: plain, depthwise, pointwise, strided, dilated, and one with
a rectangular kernel of even width. Run as a script, this file trains it and writes two files:

``digits.safetensors``
    the trained weights, with the accuracy on the test images in the metadata;
``digits.toml``
    what a file of bare weights does not say about its convolutions: stride, padding, dilation,
    groups and the spatial shape of the input, layer by layer.

Imported, it does nothing by itself: ``load_trained``, ``load_test_split`` and ``accuracy`` measure
what a change of the weights does to the network.
"""

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import safetensors.torch
import torch
from sklearn.datasets import load_digits  # type: ignore[import-untyped]
from sklearn.model_selection import train_test_split  # type: ignore[import-untyped]
from torch import Tensor, nn
from torch.nn import functional

HERE = Path(__file__).resolve().parent
WEIGHTS_NAME = "digits.safetensors"
ATTRIBUTES_NAME = "digits.toml"

ATTRIBUTES_COMMENT = """\
# What digits.safetensors, a file of bare weights, does not say about its convolutions.
# Written by train.py. `head` is a linear layer, not a convolution, and has no table.
"""

SEED = 0
IMAGE_SHAPE = (8, 8)
TEST_SIZE = 450
BATCH_SIZE = 64
EPOCHS = 150
LEARNING_RATE = 1e-2
LABEL_SMOOTHING = 0.1


class DigitsNet(nn.Module):
    """Six convolutions with a ReLU after each, the mean over the pixels, and a linear head."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 16, 3, padding=1)
        self.depthwise = nn.Conv2d(16, 16, 3, padding=1, groups=16)
        self.pointwise = nn.Conv2d(16, 32, 1)
        self.down = nn.Conv2d(32, 32, 3, stride=2, padding=1)
        self.dilated = nn.Conv2d(32, 48, 3, padding=2, dilation=2)
        self.mixed = nn.Conv2d(48, 32, (3, 2), padding=(1, 0))
        self.head = nn.Linear(32, 10)

    def forward(self, images: Tensor) -> Tensor:
        """
        Score the ten digits.

        Parameters
        ----------
        images : Tensor
            Grey images with values in [0, 1], of shape ``(batch, 1, 8, 8)``.

        Returns
        -------
        Tensor
            One score (logit) per digit, of shape ``(batch, 10)``.
        """
        features = functional.relu(self.stem(images))
        features = functional.relu(self.depthwise(features))
        features = functional.relu(self.pointwise(features))
        features = functional.relu(self.down(features))
        features = functional.relu(self.dilated(features))
        features = functional.relu(self.mixed(features))
        scores: Tensor = self.head(features.mean(dim=(2, 3)))
        return scores


def load_split() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """
    Load the digits, split once and for all with every digit equally represented.

    Returns
    -------
    tuple of Tensor
        Training images, training labels, test images, test labels. Images are ``float32`` in
        [0, 1], of shape ``(count, 1, 8, 8)``; labels are ``int64``.
    """
    data = load_digits()
    images = torch.tensor(data.images / 16.0, dtype=torch.float32).unsqueeze(1)
    labels = torch.tensor(data.target, dtype=torch.int64)
    train, test = train_test_split(range(len(labels)), test_size=TEST_SIZE, stratify=data.target, random_state=SEED)
    return images[train], labels[train], images[test], labels[test]


def load_test_split() -> tuple[Tensor, Tensor]:
    """
    Load the images that the training never sees.

    Returns
    -------
    tuple of Tensor
        Test images, of shape ``(450, 1, 8, 8)``, and their labels.
    """
    _, _, images, labels = load_split()
    return images, labels


def load_trained(path: str | os.PathLike[str] = HERE / WEIGHTS_NAME) -> nn.Module:
    """
    Load the trained network.

    Parameters
    ----------
    path : path-like, optional
        A file of weights that this script wrote; by default the one beside it.

    Returns
    -------
    nn.Module
        The network, in evaluation mode.
    """
    model = DigitsNet()
    model.load_state_dict(safetensors.torch.load_file(path))
    model.eval()
    return model


def accuracy(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    """
    Measure the fraction of the images that a network names rightly.

    Parameters
    ----------
    model : nn.Module
        The network; its mode (training or evaluation) is left as it was.
    images : Tensor
        Images of shape ``(count, 1, 8, 8)``.
    labels : Tensor
        Their digits.

    Returns
    -------
    float
        A number between 0 and 1.
    """
    was_training = model.training
    model.eval()
    with torch.no_grad():
        right = int((model(images).argmax(dim=1) == labels).sum())
    model.train(was_training)
    return right / len(labels)


def shifted(images: Tensor) -> Tensor:
    """
    Shift every image by at most one pixel each way, at random, with zeros moving in.

    Parameters
    ----------
    images : Tensor
        Images of shape ``(count, 1, height, width)``.

    Returns
    -------
    Tensor
        The shifted images, of the same shape.
    """
    count, _, height, width = images.shape
    padded = functional.pad(images, (1, 1, 1, 1))
    windows = padded.unfold(2, height, 1).unfold(3, width, 1)
    down, right = torch.randint(3, (2, count))
    return windows[torch.arange(count), :, down, right]


def batches(images: Tensor, labels: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """
    Go once through the images in random order.

    Parameters
    ----------
    images, labels : Tensor
        The images and their digits.

    Yields
    ------
    tuple of Tensor
        A batch of images and their labels.
    """
    order = torch.randperm(len(labels))
    for start in range(0, len(labels), BATCH_SIZE):
        chosen = order[start : start + BATCH_SIZE]
        yield images[chosen], labels[chosen]


def train(images: Tensor, labels: Tensor, epochs: int = EPOCHS) -> DigitsNet:
    """
    Train a new network with Adam, a one-cycle learning rate and randomly shifted images.

    Parameters
    ----------
    images, labels : Tensor
        The training images and their digits.
    epochs : int, optional
        How often to go through them.

    Returns
    -------
    DigitsNet
        The network after the last epoch, in evaluation mode.
    """
    model = DigitsNet()
    loss = nn.CrossEntropyLoss(label_smoothing=LABEL_SMOOTHING)
    optimizer = torch.optim.Adam(model.parameters())
    steps = epochs * -(-len(labels) // BATCH_SIZE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps)
    for _ in range(epochs):
        for batch, targets in batches(images, labels):
            optimizer.zero_grad()
            loss(model(shifted(batch)), targets).backward()
            optimizer.step()
            schedule.step()
    model.eval()
    return model


def convolutions(model: nn.Module) -> dict[str, nn.Conv2d]:
    """
    List the convolutions of a network.

    Parameters
    ----------
    model : nn.Module
        The network.

    Returns
    -------
    dict
        The layers by name, in the order of their definition.
    """
    return {name: x for name, x in model.named_modules() if isinstance(x, nn.Conv2d)}


def input_shapes(model: nn.Module) -> dict[str, tuple[int, ...]]:
    """
    Find the spatial shape of what reaches every convolution, by running one blank image.

    Parameters
    ----------
    model : nn.Module
        The network.

    Returns
    -------
    dict
        The height and width of each layer's input, by name.
    """
    shapes: dict[str, tuple[int, ...]] = {}

    def note(name: str, _layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        shapes[name] = tuple(inputs[0].shape[2:])

    layers = convolutions(model)
    hooks = [x.register_forward_pre_hook(partial(note, name)) for name, x in layers.items()]
    with torch.no_grad():
        model(torch.zeros(1, 1, *IMAGE_SHAPE))
    for hook in hooks:
        hook.remove()
    return shapes


def attributes(model: nn.Module) -> str:
    """
    Describe every convolution of a network in the attributes file's TOML.

    Parameters
    ----------
    model : nn.Module
        The network.

    Returns
    -------
    str
        One table per convolution, in the order of their definition.
    """
    shapes = input_shapes(model)
    tables = [ATTRIBUTES_COMMENT]
    for name, layer in convolutions(model).items():
        tables.append(
            f"[{name}]\n"
            f"input_shape = {list(shapes[name])}\n"
            f"stride = {list(layer.stride)}\n"
            f"padding = {list(layer.padding)}\n"
            f"dilation = {list(layer.dilation)}\n"
            f"groups = {layer.groups}\n"
            f"transposed = {str(layer.transposed).lower()}\n"
            f'padding_mode = "{layer.padding_mode}"\n'
        )
    return "\n".join(tables)


def serialized(weights: dict[str, Tensor], metadata: dict[str, str]) -> bytes:
    """
    Serialize weights, the same weights always to the same bytes.

    The library writes the metadata in an order that changes from run to run; here it is sorted.

    Parameters
    ----------
    weights : dict
        The tensors by name.
    metadata : dict
        What to note beside them.

    Returns
    -------
    bytes
        The content of a safetensors file.
    """
    content: bytes = safetensors.torch.save(weights, metadata)
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    header["__metadata__"] = dict(sorted(metadata.items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    return content[:8] + text.ljust(end - 8) + content[end:]


def write_atomically(path: Path, content: bytes) -> None:
    """
    Write a file whole or not at all.

    Parameters
    ----------
    path : Path
        Where to write; what lies there is replaced.
    content : bytes
        What to write.
    """
    partial_path = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with partial_path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial_path.replace(path)
    finally:
        partial_path.unlink(missing_ok=True)


def save(model: nn.Module, test_accuracy: float, folder: Path) -> None:
    """
    Write the weights and the attributes file.

    Parameters
    ----------
    model : nn.Module
        The trained network.
    test_accuracy : float
        Its accuracy on the test images, kept in the metadata.
    folder : Path
        Where to write; made if it is not there.
    """
    weights = {name: value.float().contiguous() for name, value in model.state_dict().items()}
    metadata = {"accuracy": f"{test_accuracy:.4f}", "trained_on": "scikit-learn digits"}
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / WEIGHTS_NAME, serialized(weights, metadata))
    write_atomically(folder / ATTRIBUTES_NAME, attributes(model).encode())


def make_reproducible() -> None:
    """Fix the seed, allow deterministic algorithms only, and compute in one thread."""
    torch.manual_seed(SEED)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)


def positive(text: str) -> int:
    """
    Read a positive whole number from the command line.

    Parameters
    ----------
    text : str
        The argument.

    Returns
    -------
    int
        The number.
    """
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {number}")
    return number


def main(arguments: Sequence[str] | None = None) -> None:
    """
    Train the network, print its accuracy, and write the two files.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line, by default that of the process.
    """
    parser = argparse.ArgumentParser(description="Train a small CNN on scikit-learn's digits.")
    parser.add_argument("--epochs", type=positive, default=EPOCHS, help="default: %(default)s")
    parser.add_argument("--out", type=Path, default=HERE, metavar="DIR", help="default: the folder of this script")
    options = parser.parse_args(arguments)
    make_reproducible()
    train_images, train_labels, test_images, test_labels = load_split()
    model = train(train_images, train_labels, options.epochs)
    test_accuracy = accuracy(model, test_images, test_labels)
    print(f"train accuracy: {accuracy(model, train_images, train_labels):.4f}")
    print(f"test accuracy:  {test_accuracy:.4f} ({len(test_labels)} images)")
    save(model, test_accuracy, options.out)


if __name__ == "__main__":
    main()
