"""The models of each task, and the loading of a bundle as a model of its task."""

from pathlib import Path

from api.model.bundle import TEXT, check_bundle
from api.model.classifier import Classifier
from api.model.example_classifier import ExampleClassifier
from api.model.label_classifier import LabelClassifier
from api.model.model import Model
from api.model.retriever import Retriever
from api.settings import EngineName

LONGEST_CHARACTERS = 1000
MOST_CHARACTERS = 500_000  # a request body of the default size holds no longer text
MODELS: dict[str, type[Model]] = {model.task: model for model in (Classifier, LabelClassifier, Retriever)}


def load_model(folder: Path, threads: int = 1, engine: EngineName = "session", longest: int = 0) -> Model:
    """Check, load and warm up a bundle.

    Args:
        folder: models/<name>/<number>.
        threads: TensorFlow threads per operation. The first model in a process decides for all.
        engine: how TensorFlow runs the model, see `api.model.engine`.
        longest: maximum number of characters in a text; 0 chooses LONGEST_CHARACTERS, or more if the bundle's signature
            says so, up to MOST_CHARACTERS.

    Raises:
        BundleError: the bundle fails a check, changes while it is loaded, or its answers are not valid.
    """
    if engine == "saved_model":
        import tensorflow  # noqa: F401  imported before the checks, so that they replace no module
    checked = check_bundle(folder)
    kind = MODELS[checked.task] if checked.inputs == (TEXT,) else ExampleClassifier
    stated = min(checked.max_characters or 0, MOST_CHARACTERS)
    return kind(checked, threads, engine, longest or max(LONGEST_CHARACTERS, stated))
