"""The agent is a daemon on each scale; it reports weights to the server."""

import time

from inventory.client import Supplier


class Agent:
    def __init__(self, scale: str, tools: tuple[str, ...] = ("tare", "weigh")) -> None:
        self.scale = scale
        self.tools = tools

    def run(self, supplier: Supplier) -> None:
        while True:
            supplier.http.post("/weights", json={"scale": self.scale, "at": time.time()})
            time.sleep(60)
