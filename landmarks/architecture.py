"""The network: where each point lies on a patch, and how sure that is.

A small encoder and decoder ends in a heat map for each point at half the patch's size; the point is the
heat's mean (Nibali et al., Numerical Coordinate Regression with Convolutional Neural Networks, 2018), so it
is known to a part of a pixel. A second head says for each coordinate how far off it expects to be.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

CHANNELS = (12, 24, 40, 64)
"""At 1/2, 1/2, 1/4 and 1/8 of the patch's size."""
_LEAST, _MOST = -3.0, 3.0
"""Bounds of the log deviation, in patch pixels."""


class PointNetwork(nn.Module):
    """(b, 1, s, s) normalised gray -> points and log deviations (b, k, 2), x and y in patch pixels."""

    def __init__(self, points: int) -> None:
        super().__init__()
        first, fine, middle, coarse = CHANNELS
        self.points = points
        self.fine = nn.Sequential(_block(1, first, 2), _block(first, fine), _block(fine, fine))
        self.middle = nn.Sequential(_block(fine, middle, 2), _block(middle, middle))
        self.coarse = nn.Sequential(_block(middle, coarse, 2), _block(coarse, coarse), _block(coarse, coarse))
        self.up_middle = _block(coarse + middle, middle)
        self.up_fine = _block(middle + fine, fine)
        self.heat = nn.Conv2d(fine, points, 1)
        self.deviation = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(coarse, 64), nn.ReLU(), nn.Linear(64, 2 * points)
        )

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        heat, deviations = self.heat_of(images)
        return means(heat, images.shape[-1]), deviations

    def heat_of(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Heat maps (b, k, s/2, s/2), each of sum 1, and log deviations (b, k, 2)."""
        fine = self.fine(images)
        middle = self.middle(fine)
        coarse = self.coarse(middle)
        decoded = self.up_middle(torch.cat([_doubled(coarse), middle], 1))
        decoded = self.up_fine(torch.cat([_doubled(decoded), fine], 1))
        heat = self.heat(decoded)
        shares = functional.softmax(heat.flatten(2), -1).view(heat.shape)
        deviations = self.deviation(coarse).view(-1, self.points, 2)
        return shares, deviations.clamp(_LEAST, _MOST)


def means(heat: Tensor, size: int) -> Tensor:
    """The mean of each heat map, (b, k, 2) in pixels of a patch of ``size``."""
    places = _places(heat, size)
    return torch.stack([(heat.sum(2) * places).sum(-1), (heat.sum(3) * places).sum(-1)], -1)


def spread(heat: Tensor, points: Tensor, size: int) -> Tensor:
    """The mean squared distance of the heat from its point, over all maps."""
    places = _places(heat, size)
    across = (places - points[..., :1]) ** 2
    down = (places - points[..., 1:]) ** 2
    return (heat * (across[:, :, None, :] + down[..., None])).sum((2, 3)).mean()


def _places(heat: Tensor, size: int) -> Tensor:
    cells = heat.shape[-1]
    return (torch.arange(cells, dtype=heat.dtype, device=heat.device) + 0.5) * (size / cells)


def _block(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )


def _doubled(features: Tensor) -> Tensor:
    return functional.interpolate(features, scale_factor=2.0, mode="bilinear", align_corners=False)
