"""Bundles for the tests of the service."""

import hashlib
import json
import shutil
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from textlab.bundle_format.manifest import write_manifest
from textlab.bundle_format.signature import Signature, write_signature

ADMIN_KEY = "boss-key"
ADMIN = {"X-API-Key": ADMIN_KEY}
LABELS = ["negative", "positive"]


def real_bundle(folder: Path) -> Path:
    """A logistic regression trained on tiny tweets and exported by textlab."""
    from tiny_data import tiny_dataset

    from textlab.export.bundle import write_bundle
    from textlab.models.logistic_regression import LogisticRegression

    dataset = tiny_dataset(2)
    model = LogisticRegression.tiny()
    model.fit(dataset.train, dataset.validation)
    write_bundle(model, dataset, folder, {"run_id": "abc", "dataset": {"name": "tiny"}})
    return folder


def write_constant_model(folder: Path, probabilities: list[float]) -> Path:
    """A SavedModel that answers every text with these probabilities."""
    import tensorflow as tf

    module = tf.Module()
    module.answer = tf.Variable(probabilities)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
    def serve(text):
        return {"probabilities": tf.zeros([tf.size(text), 1]) + module.answer}

    tf.saved_model.save(module, str(folder), signatures=serve)
    return folder


def write_reading_model(folder: Path, longest: int) -> Path:
    """A SavedModel that reads so many bytes of a text, and tells which texts are longer."""
    import tensorflow as tf

    module = tf.Module()
    module.answer = tf.Variable([0.2, 0.8])

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
    def serve(text):
        lengths = tf.strings.length(text)
        return {"probabilities": tf.zeros([tf.size(text), 1]) + module.answer, "truncated": lengths > longest}

    tf.saved_model.save(module, str(folder), signatures=serve)
    return folder


def promote(saved_model: Path, folder: Path, labels: list[str] = LABELS, signature: Signature | None = None) -> Path:
    """Create a promoted version from a SavedModel: its files, labels, signature if it has one, and manifest."""
    shutil.copytree(saved_model, folder)
    extra = folder / "assets.extra"
    extra.mkdir(exist_ok=True)
    if not (extra / "labels.json").exists():
        (extra / "labels.json").write_text(json.dumps(labels))
        (extra / "card.json").write_text(json.dumps({"run_id": folder.name}))
    if signature is not None:
        write_signature(folder, signature)
    write_manifest(folder)
    return folder


def two_versions(saved_models: Path, folder: Path) -> Path:
    """models/<name> with the SavedModels one and two as versions 1 and 2. The catalog names 2 as champion."""
    promote(saved_models / "one", folder / "1")
    promote(saved_models / "two", folder / "2")
    (folder.parent / "catalog.json").write_text(json.dumps({folder.name: {"champion": 2, "previous": 1}}))
    return folder


def write_admin_key(folder: Path) -> Path:
    """A file of API keys with one admin, who has all roles."""
    entry = {"sha256": hashlib.sha256(ADMIN_KEY.encode()).hexdigest(), "roles": ["admin", "predict", "feedback"]}
    (folder / "keys.json").write_text(json.dumps({"boss": entry}))
    return folder / "keys.json"


def write_certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = builder.add_extension(address, critical=False).sign(key, hashes.SHA256())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(private)
    return folder / "certificate.pem", folder / "key.pem"
