from flask import Flask

from . import settings, views
from .extensions import cache, limiter


def create_app() -> Flask:
    app = Flask(__name__)
    app.config.from_object(settings)
    cache.init_app(app)
    limiter.init_app(app)
    app.register_blueprint(views.desk)
    return app
