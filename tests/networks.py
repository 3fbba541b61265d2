"""Networks that the tests read: plain torch, random weights."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn


class ResidualBlock(nn.Module):
    def __init__(self, inside: int, outside: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inside, outside, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outside)
        self.conv2 = nn.Conv2d(outside, outside, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outside)
        self.downsample: nn.Module | None = None
        if stride != 1:
            shortcut = nn.Conv2d(inside, outside, 1, stride=stride, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(outside))

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet18(nn.Module):
    """He et al., Deep residual learning for image recognition (2015), table 1: twenty convolutions.

    There the width, the number of channels of the first layers, is 64.
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        w = width
        self.conv1 = nn.Conv2d(3, w, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(w)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = nn.Sequential(ResidualBlock(w, w, 1), ResidualBlock(w, w, 1))
        self.layer2 = nn.Sequential(ResidualBlock(w, 2 * w, 2), ResidualBlock(2 * w, 2 * w, 1))
        self.layer3 = nn.Sequential(ResidualBlock(2 * w, 4 * w, 2), ResidualBlock(4 * w, 4 * w, 1))
        self.layer4 = nn.Sequential(ResidualBlock(4 * w, 8 * w, 2), ResidualBlock(8 * w, 8 * w, 1))
        self.fc = nn.Linear(8 * w, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(torch.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        scores: Tensor = self.fc(x.mean(dim=(2, 3)))
        return scores

    @staticmethod
    def input_shapes(pixels: int) -> dict[str, tuple[int, int]]:
        """Return the input extents of every convolution for square images of a multiple of 32 pixels, by hand."""
        extents = {"conv1": pixels}
        for stage, shrunk in ((1, 4), (2, 8), (3, 16), (4, 32)):
            inner = {f"layer{stage}.{block}.conv{number}": pixels // shrunk for block in (0, 1) for number in (1, 2)}
            if stage > 1:
                inner[f"layer{stage}.0.conv1"] = inner[f"layer{stage}.0.downsample.0"] = 2 * pixels // shrunk
            extents |= inner
        return {name: (extent, extent) for name, extent in extents.items()}


class Zoo(nn.Module):
    """A layer of every kind: on 8 x 12 pixels with 4 channels."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(4, 6, (3, 4), stride=(2, 3), padding=(1, 0))
        self.norm = nn.BatchNorm2d(6)
        self.shared = nn.Conv2d(6, 6, 3, padding="same", dilation=(1, 2), groups=3)
        self.valid = nn.Conv2d(6, 2, (1, 2), padding="valid")
        self.wrapped = nn.Conv2d(2, 2, 3, padding=1, padding_mode="circular")
        self.up = nn.ConvTranspose2d(2, 4, 2, stride=(1, 2), padding=1, output_padding=(0, 1), groups=2)
        self.unused = nn.Conv2d(1, 1, 5)
        self.drop = nn.Dropout()
        self.drop.eval()

    def forward(self, x: Tensor) -> Tensor:
        y = self.shared(self.norm(self.first(x)))
        y = self.shared(input=y[..., :2])
        y = self.up(self.wrapped(self.valid(y)))
        return self.drop(y)


def convolutions(module: nn.Module) -> Iterator[tuple[str, nn.modules.conv._ConvNd]]:
    """Yield the convolutions of a network with their paths."""
    for path, layer in module.named_modules():
        if isinstance(layer, nn.modules.conv._ConvNd):
            yield path, layer


def attributes_toml(module: nn.Module, shapes: dict[str, tuple[int, ...]]) -> str:
    """Return what a file of bare weights does not say about a network, as TOML."""
    tables = []
    for path, layer in convolutions(module):
        tables.append(
            f'["{path}"]\n'
            f"stride = {list(layer.stride)}\n"
            f"padding = {list(layer.padding)}\n"
            f"dilation = {list(layer.dilation)}\n"
            f"groups = {layer.groups}\n"
            f"transposed = {str(layer.transposed).lower()}\n"
            f'padding_mode = "{layer.padding_mode}"\n'
            f"input_shape = {list(shapes[path])}\n"
        )
    return "\n".join(tables)
