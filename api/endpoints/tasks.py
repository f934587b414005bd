"""The endpoints for each kind of model: its page, its paths and schemas, and its kind of feedback."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from api.endpoints import classification_schemas, example_schemas, multilabel_schemas, retrieval_schemas
from api.endpoints.example_requests import judge_example
from api.endpoints.fit_feedback import judge_fit
from api.endpoints.label_feedback import judge_label
from api.endpoints.labels_feedback import judge_labels
from api.model.example_classifier import ExampleClassifier
from api.model.model import Model
from api.serving.service import Service
from api.settings import Settings
from textlab.bundle_format.signature import CLASSIFICATION, MULTILABEL, RETRIEVAL


@dataclass(frozen=True)
class TaskEndpoints:
    """The endpoints of a task.

    Attributes:
        purpose: the purpose of the API, for the OpenAPI document.
        page: the file of the page for people.
        asked: names of the text that people type into the page ("" for those of the model's inputs), and of the
            answer that they judge.
        paths: returns the paths that only this task has.
        schemas: returns the schemas that only this task has.
        facts: the schemas of the facts about a model of the task.
        judge: answers POST /feedback.
    """

    purpose: str
    page: str
    asked: tuple[str, str]
    paths: Callable[[], dict[str, Any]]
    schemas: Callable[[Settings, Model], dict[str, Any]]
    facts: Mapping[str, Any]
    judge: Callable[[Service], dict[str, Any]]


ENDPOINTS = {
    CLASSIFICATION: TaskEndpoints(
        "Classifies texts and takes feedback on its predictions.",
        "index.html",
        ("text", "the prediction"),
        classification_schemas.paths,
        classification_schemas.schemas,
        classification_schemas.FACTS,
        judge_label,
    ),
    ExampleClassifier.work: TaskEndpoints(
        "Classifies examples and takes feedback on its predictions.",
        "example.html",
        ("", "the prediction"),
        example_schemas.paths,
        example_schemas.schemas,
        classification_schemas.FACTS,
        judge_example,
    ),
    MULTILABEL: TaskEndpoints(
        "Finds any number of labels for each text, and takes feedback on its predictions.",
        "labels.html",
        ("text", "the prediction"),
        multilabel_schemas.paths,
        multilabel_schemas.schemas,
        multilabel_schemas.FACTS,
        judge_labels,
    ),
    RETRIEVAL: TaskEndpoints(
        "Finds documents and people, compares texts, and takes feedback on what was found.",
        "search.html",
        ("request", "what was found"),
        retrieval_schemas.paths,
        retrieval_schemas.schemas,
        retrieval_schemas.FACTS,
        judge_fit,
    ),
}
