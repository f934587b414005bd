"""Checkpoints are downloaded from a hub, and each refusal of the hub is explained in two sentences."""

import json

import pytest
from hub_server import COMMIT, NAME, Hub
from huggingface_hub import constants
from small_encoders import small_config

from textlab.models.transformer.hub import hub_folder
from textlab.models.transformer.location import check_files, checkpoint_folder


def files_of(**settings):
    config = small_config("roberta").to_dict() | settings
    return {
        "config.json": json.dumps(config).encode(),
        "model.safetensors": b"weights",
        "tokenizer.json": b"{}",
        "pytorch_model.bin": b"a pickle",
        "modeling_own.py": b"import os",
    }


@pytest.fixture
def hub(monkeypatch, tmp_path):
    server = Hub(files_of())
    monkeypatch.setattr(constants, "ENDPOINT", server.url)
    monkeypatch.setattr(
        constants, "HUGGINGFACE_CO_URL_TEMPLATE", server.url + "/{repo_id}/resolve/{revision}/{filename}"
    )
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    yield server
    server.stop()


def test_files_of_a_checkpoint_are_downloaded_without_pickles_and_code(hub):
    folder = checkpoint_folder(NAME)
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors", "tokenizer.json"]
    assert not any(path.endswith((".bin", ".py")) for path in hub.asked)
    check_files(folder)


def test_revision_stands_after_an_at_sign(hub):
    assert hub_folder(f"{NAME}@v2").name == hub_folder(f"{NAME}@{COMMIT}").name == COMMIT
    with pytest.raises(ValueError, match=r"has no revision 'v9' of the checkpoint 'owner/encoder'\. Name a branch"):
        hub_folder(f"{NAME}@v9")


def test_cache_serves_when_the_hub_does_not_answer(hub, monkeypatch):
    folder = hub_folder(NAME)
    hub.stop()
    assert hub_folder(NAME) == folder
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert hub_folder(NAME) == folder


def test_private_checkpoint_needs_the_token(hub, monkeypatch):
    hub.token = "hf_secret"
    with pytest.raises(ValueError, match=r"shows no checkpoint 'owner/encoder': it does not exist or is private\."):
        hub_folder(NAME)
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert hub_folder(NAME).is_dir()


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (403, "GatedRepo", r"lets only some accounts download it\. Accept the terms on its page, and set HF_TOKEN"),
        (404, "RepoNotFound", r"it does not exist or is private\. Correct the name, or set HF_TOKEN"),
        (401, "", r"(refused the checkpoint .* with status 401\. Set HF_TOKEN|it does not exist or is private\.)"),
        (429, "", r"refused the checkpoint 'owner/encoder' with status 429\. Wait some minutes, or set HF_TOKEN"),
        (500, "", r"refused the checkpoint 'owner/encoder' with status 500\. Try again later\."),
    ],
)
def test_refusal_of_the_hub_is_explained(hub, monkeypatch, status, code, message):
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # the client waits before it asks again
    hub.status, hub.error_code = status, code
    with pytest.raises((ConnectionError, ValueError), match=message):
        hub_folder(NAME)


def test_half_a_file_is_no_checkpoint(hub, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    hub.half = {"model.safetensors"}
    with pytest.raises(ConnectionError, match=r"download of the checkpoint .* broke off \(.*\)\. Run again"):
        hub_folder(NAME)
    hub.half = set()
    assert (hub_folder(NAME) / "model.safetensors").read_bytes() == b"weights"


def test_unknown_hub_and_empty_cache_are_explained(hub, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    hub.stop()
    with pytest.raises(ConnectionError, match=r"did not answer, and the checkpoint .* is not in its cache"):
        hub_folder(NAME)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ConnectionError, match=r"and HF_HUB_OFFLINE forbids a download\. Unset HF_HUB_OFFLINE\."):
        hub_folder(NAME)


def test_name_that_no_hub_can_have_is_refused(hub):
    with pytest.raises(ValueError, match=r"'a b/c' is neither a local folder nor a name on the Hugging Face hub\."):
        hub_folder("a b/c")
    assert hub.asked == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"auto_map": {"AutoModel": "own--modeling.Own"}},
            r"needs Python code of its own \(auto_map in config\.json\)",
        ),
        ({"model_type": "gpt2"}, r"has the architecture 'gpt2', but only these are supported: bert"),
        ({"is_decoder": True}, r"has is_decoder=True, but only False is supported\."),
    ],
)
def test_unsuitable_checkpoint_is_refused_before_its_weights_are_downloaded(hub, settings, message):
    hub.files = files_of(**settings)
    with pytest.raises(ValueError, match=message):
        hub_folder(NAME)
    assert not any("safetensors" in path for path in hub.asked)


def test_repository_with_pickled_weights_only_is_refused(hub):
    del hub.files["model.safetensors"]
    with pytest.raises(FileNotFoundError, match=r"has no weights: model\.safetensors is missing \(other formats may"):
        check_files(hub_folder(NAME))


def test_repository_without_a_configuration_is_refused(hub):
    del hub.files["config.json"]
    with pytest.raises(ValueError, match=r"has the checkpoint 'owner/encoder', but no config\.json in it\."):
        hub_folder(NAME)
