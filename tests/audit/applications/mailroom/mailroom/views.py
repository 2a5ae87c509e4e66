from flask import Blueprint, jsonify, render_template, request

from . import assistant
from .extensions import cache, limiter

desk = Blueprint("desk", __name__)

QUEUES = ("order", "plants", "complaint", "other")


def triage(mail: str) -> str:
    word = assistant.complete("triage.txt.j2", mail=mail, queues=QUEUES).split()[0]
    return word.lower() if word.lower() in QUEUES else "other"


@desk.post("/mails")
@limiter.limit("10 per minute")
def answer():
    mail = request.get_json()["text"]
    draft = assistant.complete("reply.txt.j2", mail=mail, name=request.json.get("name"))
    return jsonify(queue=triage(mail), draft=draft)


@desk.get("/help")
@cache.cached(timeout=3600)
def help_page():
    return render_template("help.html")
