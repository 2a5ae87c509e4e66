from mailroom import assistant, create_app


def test_a_mail_gets_a_queue_and_a_draft(monkeypatch):
    monkeypatch.setattr(assistant, "complete", lambda template, **values: "order please")
    app = create_app()
    app.config.update(CACHE_TYPE="NullCache", RATELIMIT_ENABLED=False)
    got = app.test_client().post("/mails", json={"text": "Where is my fern?"})
    assert got.json["queue"] == "order"
