"""Load the weights of a checkpoint into a model of transformers, and refuse damaged ones."""

from pathlib import Path
from typing import Any

from textlab.models.transformer.location import ALTERNATIVES


def loaded_model(model_class: Any, folder: Path, config: Any) -> tuple[Any, dict[str, Any]]:
    """Return a model with the weights in `folder`, in float32, and what transformers tells about their names.

    Args:
        model_class: the class of the model, such as `transformers.AutoModel`.
        folder: holds the weights as safetensors.
        config: a configuration of transformers.

    Raises:
        ValueError: weights cannot be read, have other shapes than the configuration says, or are not finite.
    """
    import torch

    try:
        model, told = model_class.from_pretrained(
            folder,
            config=config,
            local_files_only=True,
            use_safetensors=True,  # never a pickle beside them
            dtype=torch.float32,
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # they are named below
        )
    except Exception as error:  # safetensors and transformers raise many kinds
        reason = str(error).strip().partition("\n")[0]
        raise ValueError(f"The weights in {folder} cannot be loaded ({reason}). {ALTERNATIVES}") from error
    for name, stored, stated in sorted(told["mismatched_keys"]):
        raise ValueError(
            f"{name} in {folder} has the shape {tuple(stored)}, but config.json says {tuple(stated)}. Save the "
            "configuration and the weights of one model."
        )
    for name, weight in model.named_parameters():
        if not weight.isfinite().all():
            raise ValueError(f"{name} in {folder} has values that are not finite. Download or save the weights again.")
    return model, told
