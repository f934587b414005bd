"""A Streamlit page for a running service of texts, pictures or both: `streamlit run api/streamlit_app.py`.

TEXTLAB_SERVICE is the address of the service. TEXTLAB_SERVICE_KEY is an API key, if the service requires one.
"""

import base64
import os
from typing import Any

import pandas as pd
import requests
import streamlit as st

ADDRESS = os.environ.get("TEXTLAB_SERVICE", "http://127.0.0.1:8000").rstrip("/")
KEY = os.environ.get("TEXTLAB_SERVICE_KEY", "")
TIMEOUT_SECONDS = 10
MOST_SHOWN = 10  # classes with a bar and a button each; a list offers the others


def call(path: str, document: dict[str, Any] | None = None) -> dict[str, Any] | None:
    """Call the service, by GET without a document. Returns its answer, or None after showing an error on the page."""
    headers, method = {"X-API-Key": KEY} if KEY else {}, "GET" if document is None else "POST"
    try:
        answer = requests.request(method, f"{ADDRESS}/{path}", json=document, headers=headers, timeout=TIMEOUT_SECONDS)
        content = answer.json()
    except requests.RequestException:
        st.error(f"The service at {ADDRESS} does not answer. Start it with `make serve`, or set TEXTLAB_SERVICE.")
        return None
    if not answer.ok:
        st.error(content.get("detail", f"The service answered {answer.status_code}."))
        return None
    return content


def field(name: str, kind: str) -> None:
    """Show the field for an input of the model."""
    if kind == "text":
        st.text_area("Text", key=name)
    else:
        st.file_uploader(kind.capitalize(), ["png", "jpg", "jpeg"], key=name)


def ask(inputs: list[dict[str, str]]) -> None:
    """Classify what was typed and chosen, and keep the answer for the next rendering of the page."""
    st.session_state.pop("judged", None)
    values = {each["name"]: st.session_state[each["name"]] for each in inputs}
    document = {
        name: value if isinstance(value, str) else base64.b64encode(value.getvalue()).decode()
        for name, value in values.items()
        if value is not None
    }
    st.session_state["answer"] = call("predict", document)


def judge(label: str) -> None:
    """Send the right class to the service."""
    send({"label": label})


def judge_labels() -> None:
    """Send the chosen labels to the service."""
    send({"labels": st.session_state["labels"]})


def send(right: dict[str, Any]) -> None:
    """Send a judgement to the service."""
    identifier = st.session_state["answer"]["predictions"][0]["prediction_id"]
    st.session_state["judged"] = call("feedback", {"prediction_id": identifier} | right) is not None


def show_decision(prediction: dict[str, Any]) -> None:
    """Show the decision of a model with rules, which may be that it does not know, and else the most probable class."""
    decision = prediction.get("decision")
    if decision is None:
        st.subheader(f"Prediction: {prediction['label']}")
        return
    st.subheader("Decision: don’t know" if decision == "abstain" else f"Decision: {decision}")
    if decision == "abstain":
        st.write("The model does not know well enough. A person should decide.")
    if "prediction_set" in prediction:
        st.write(f"Plausible: {', '.join(prediction['prediction_set']) or 'no class'}")


def show(answer: dict[str, Any]) -> None:
    """Show the probabilities as bars, the model that answered, and the buttons for feedback."""
    prediction, model = answer["predictions"][0], answer["model"]
    if "labels" in prediction:
        st.subheader(f"Labels: {', '.join(prediction['labels']) or 'none'}")
    else:
        show_decision(prediction)
    classes = prediction["probabilities"]
    shares = classes if len(classes) <= MOST_SHOWN else dict(sorted(classes.items(), key=lambda c: -c[1])[:MOST_SHOWN])
    st.bar_chart(pd.Series(shares, name="probability"), horizontal=True)
    st.write("; ".join(f"{label} {share:.1%}" for label, share in shares.items()))
    st.caption(f"Model: {model['name']}, version {model['version']}.")
    if prediction.get("truncated"):
        st.caption("The text is longer than the model reads. Its end was left out.")
    if st.session_state.get("judged"):
        st.success("Thank you. Your feedback was saved.")
        return
    if "labels" in prediction:
        with st.form("judgement"):
            st.multiselect("Which labels are right?", list(classes), prediction["labels"], key="labels")
            st.form_submit_button("These labels are right", on_click=judge_labels)
        return
    asks = prediction.get("decision", prediction["label"]) != prediction["label"]
    st.write("What is correct?" if asks else "Is this correct?")
    others = [label for label in shares if label != prediction["label"]]
    for column, label in zip(st.columns(len(shares)), [prediction["label"], *others], strict=True):
        words = f"It is {label}" if asks else "Yes" if label == prediction["label"] else f"No, it is {label}"
        column.button(words, on_click=judge, args=(label,), key=f"judge-{label}")
    if len(shares) < len(classes):
        chosen = st.selectbox(f"All {len(classes):,} classes", list(classes))
        st.button("No, it is the class in this list", on_click=judge, args=(chosen,))


model = call("models/info")
inputs = model.get("inputs", []) if model else []
if inputs:
    st.title("Classify " + " and ".join(f"a {each['kind']}" for each in inputs))
    with st.form("question"):
        for each in inputs:
            field(each["name"], each["kind"])
        st.form_submit_button("Classify", on_click=ask, args=(inputs,))
elif model:
    st.error(f"The service at {ADDRESS} runs no classifier. Open this address for its own page.")
if st.session_state.get("answer"):
    show(st.session_state["answer"])
