from exposition import samples, total


def test_metrics_count_requests_predictions_and_feedback(admin):
    admin.post("/predict", json={"texts": ["a", "b", "c"]})
    admin.post("/predict", json={"text": ""})
    admin.post("/feedback", json={"text": "x", "label": "negative"})
    answer = admin.get("/metrics")
    assert answer.content_type.startswith("text/plain")
    found = samples(answer.get_data(as_text=True))
    assert total(found, "textlab_requests_total", route="/predict", status="200") == 1
    assert total(found, "textlab_requests_total", route="/predict", status="422") == 1
    assert total(found, "textlab_predictions_total", label="positive", version="2") == 3
    assert total(found, "textlab_batch_texts_sum") == 4
    assert total(found, "textlab_request_seconds_count", route="/predict") == 2
    assert total(found, "textlab_feedback_total", outcome="rejected") == 1
