"""Residual networks from torchvision's blocks, with a head that keeps its class activation maps."""

import torch
from torch import nn
from torchvision.models.resnet import BasicBlock, Bottleneck, conv1x1

from classifiers.registry import Architecture

_BLOCKS: dict[str, type[BasicBlock] | type[Bottleneck]] = {"basic": BasicBlock, "bottleneck": Bottleneck}


class ResNet(nn.Module):
    """torchvision's ResNet for any number of channels, with our head; its tensors are named alike, so that
    torchvision's weights fit.

    logits = W · mean(features) + b + V · category, so that the class activation map W · features is exact:
    its mean over the map, plus b, plus the category's term, is the logit.

    Source of the maps: Zhou et al., Learning Deep Features for Discriminative Localization, CVPR 2016.
    """

    def __init__(self, architecture: Architecture, channels: int, classes: int, categories: int) -> None:
        super().__init__()
        block, width = _BLOCKS[architecture.block], architecture.width
        self.conv1 = nn.Conv2d(channels, width, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        incoming, stages = width, []
        for stage, count in enumerate(architecture.blocks):
            planes = width * 2**stage
            stages.append(_stage(block, incoming, planes, count, stride=1 if stage == 0 else 2))
            incoming = planes * block.expansion
        self.layer1, self.layer2, self.layer3, self.layer4 = stages
        self.head = nn.Linear(incoming, classes)
        self.category_term = nn.Linear(categories, classes, bias=False) if categories else None
        self._draw()

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """(b, channels, s, s) normalised -> (b, features, s / 32, s / 32)."""
        stem = self.maxpool(self.relu(self.bn1(self.conv1(images))))
        features: torch.Tensor = self.layer4(self.layer3(self.layer2(self.layer1(stem))))
        return features

    def forward(
        self, images: torch.Tensor, category: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits (b, classes) and class activation maps (b, classes, s / 32, s / 32)."""
        features = self.features(images)
        activation = nn.functional.conv2d(features, self.head.weight[:, :, None, None])
        logits = self.head(features.mean(dim=(2, 3)))
        if self.category_term is not None:
            logits = logits + self.category_term(category)
        return logits, activation

    def _draw(self) -> None:
        """Initial weights as torchvision draws them; a category says nothing before training."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        if self.category_term is not None:
            nn.init.zeros_(self.category_term.weight)


def _stage(
    block: type[BasicBlock] | type[Bottleneck], incoming: int, planes: int, count: int, stride: int
) -> nn.Sequential:
    outgoing = planes * block.expansion
    shortcut = None
    if stride != 1 or incoming != outgoing:
        shortcut = nn.Sequential(conv1x1(incoming, outgoing, stride), nn.BatchNorm2d(outgoing))
    first = block(incoming, planes, stride, shortcut)
    return nn.Sequential(first, *(block(outgoing, planes) for _ in range(count - 1)))
