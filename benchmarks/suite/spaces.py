"""The space that a search explores for each model family, as distributions of Optuna.

A space holds the parameters that people turn, each over a range with the values that work on some dataset of the suite.
Every other parameter keeps its default.
"""

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

CLASS_WEIGHT = CategoricalDistribution(("balanced", "none"))

SPACES: dict[str, dict[str, BaseDistribution]] = {
    "logistic_regression": {
        "features": CategoricalDistribution(("word", "char", "word_char")),
        "minimum_count": IntDistribution(1, 4),
        "C": FloatDistribution(0.1, 100.0, log=True),
        "class_weight": CLASS_WEIGHT,
    },
    "random_forest": {
        "features": CategoricalDistribution(("word", "char", "word_char")),
        "minimum_count": IntDistribution(1, 4),
        "maximum_features": IntDistribution(1000, 20_000, log=True),
        "minimum_leaf": IntDistribution(1, 8),
        "class_weight": CLASS_WEIGHT,
    },
    "boosted_trees": {
        "features": CategoricalDistribution(("word", "char", "word_char")),
        "maximum_features": IntDistribution(2000, 40_000, log=True),
        "learning_rate": FloatDistribution(0.03, 0.3, log=True),
        "leaves": IntDistribution(7, 63, log=True),
        "minimum_leaf": IntDistribution(1, 40, log=True),
        "class_weight": CLASS_WEIGHT,
    },
    "lstm": {
        "embedding": CategoricalDistribution(("word2vec", "fasttext", "glove")),
        "units": CategoricalDistribution((32, 64, 128)),
        "learning_rate": FloatDistribution(5e-4, 1e-2, log=True),
        "batch_size": CategoricalDistribution((16, 32, 64, 128)),
        "epochs": IntDistribution(4, 60, log=True),
        "dropout": FloatDistribution(0.0, 0.6),
        "word_dropout": FloatDistribution(0.0, 0.3),
        "class_weight": CLASS_WEIGHT,
    },
    "bert": {
        "learning_rate": FloatDistribution(2e-5, 1e-3, log=True),
        "batch_size": CategoricalDistribution((8, 16, 32, 64)),
        "epochs": IntDistribution(2, 30, log=True),
        "dropout": FloatDistribution(0.0, 0.3),
        "label_smoothing": FloatDistribution(0.0, 0.2),
        "class_weight": CLASS_WEIGHT,
    },
}
