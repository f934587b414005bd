"""The page for people who like Streamlit: `streamlit run api/streamlit_app.py`, beside a running service.

TEXTLAB_SERVICE names the service's address, TEXTLAB_SERVICE_KEY a key where it asks for one.
"""

import os
from typing import Any

import pandas as pd
import requests
import streamlit as st

ADDRESS = os.environ.get("TEXTLAB_SERVICE", "http://127.0.0.1:8000").rstrip("/")
KEY = os.environ.get("TEXTLAB_SERVICE_KEY", "")
TIMEOUT_SECONDS = 10


def call(path: str, document: dict[str, Any]) -> dict[str, Any] | None:
    """The service's answer; None, and a message on the page, where there is none."""
    headers = {"X-API-Key": KEY} if KEY else {}
    try:
        answer = requests.post(f"{ADDRESS}/{path}", json=document, headers=headers, timeout=TIMEOUT_SECONDS)
        content = answer.json()
    except requests.RequestException:
        st.error(
            f"The service at {ADDRESS} does not answer. Start it with `make serve`, or name it in TEXTLAB_SERVICE."
        )
        return None
    if not answer.ok:
        st.error(content.get("detail", f"The service answered {answer.status_code}."))
        return None
    return content


def ask() -> None:
    """Keep the answer to the typed text for the next drawing of the page."""
    st.session_state.pop("judged", None)
    st.session_state["answer"] = call("predict", {"text": st.session_state["text"]})


def judge(label: str) -> None:
    """Tell the service which class is right."""
    identifier = st.session_state["answer"]["predictions"][0]["prediction_id"]
    st.session_state["judged"] = call("feedback", {"prediction_id": identifier, "label": label}) is not None


def show(answer: dict[str, Any]) -> None:
    """The classes as bars, which model answered, and whether it was right."""
    prediction, model = answer["predictions"][0], answer["model"]
    st.subheader(f"The model says: {prediction['label']}")
    shares = prediction["probabilities"]
    st.bar_chart(pd.Series(shares, name="probability"), horizontal=True)
    st.write("; ".join(f"{label} {share:.1%}" for label, share in shares.items()))
    st.caption(f"Answered by {model['name']}, version {model['version']}.")
    if st.session_state.get("judged"):
        st.success("Thank you, that is noted.")
        return
    st.write("Was it right?")
    others = [label for label in shares if label != prediction["label"]]
    for column, label in zip(st.columns(len(shares)), [prediction["label"], *others], strict=True):
        words = "Yes" if label == prediction["label"] else f"No, it is {label}"
        column.button(words, on_click=judge, args=(label,), key=f"judge-{label}")


st.title("What does this tweet say?")
with st.form("question"):
    st.text_area("A tweet", key="text")
    st.form_submit_button("Ask the model", on_click=ask)
if st.session_state.get("answer"):
    show(st.session_state["answer"])
