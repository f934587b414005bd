"""The check that an answer is a complete problem document."""


def problem_of(answer, status):
    """The document of an answer that must be a problem with this status."""
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.content_type == "application/problem+json"
    document = answer.get_json(force=True)
    assert document["status"] == status
    assert document["request_id"] == answer.headers["X-Request-ID"]
    assert all(document[part] for part in ("title", "came", "action"))
    assert document["detail"] == f"{document['came']} {document['action']}"
    return document
