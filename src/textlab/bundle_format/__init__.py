"""The files of a bundle that the laboratory, the service and MLflow all read.

Importing the package needs the standard library only.

documents      JSON files in assets.extra, and the error for a bundle that cannot be used
labels         labels.json: the classes, in the order of the probabilities
decisions      decisions.json: how a decision follows from probabilities; it needs NumPy when it decides
manifest       manifest.json: the sha256 of every other file
signature      signature.json: the task, the inputs and the outputs
task           what the format must know about a task; <name>_task.py holds it for each, found by listing
graph          the check that a SavedModel only computes; needs protobuf when it reads a file
operations     the operations that a SavedModel may hold, and what the others do
kinds          the kinds of inputs, which decide what a graph may decode
mlflow_model   loads a bundle in MLflow; with mlflow_graph it needs TensorFlow and pandas when it is used
"""
