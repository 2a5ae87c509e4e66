"""Fetches deliveries from the supplier, page by page, waiting longer after each refusal."""

import time

import httpx


class Supplier:
    def __init__(self, base_url: str) -> None:
        self.http = httpx.Client(base_url=base_url, timeout=20)
        self.messages = Messages(self)

    def pages(self):
        page = 1
        while True:
            answer = self.http.get("/deliveries", params={"page": page})
            if answer.status_code == 429:
                time.sleep(2**page)
                continue
            rows = answer.json()["rows"]
            yield from rows
            if len(rows) < 100:
                return
            page += 1


class Messages:
    """Short messages to the driver of a delivery."""

    def __init__(self, supplier: Supplier) -> None:
        self.supplier = supplier

    def create(self, driver: str, text: str) -> str:
        answer = self.supplier.http.post("/messages", json={"driver": driver, "text": text})
        return answer.json()["id"]


def notify(supplier: Supplier, drivers: list[str]) -> list[str]:
    client = supplier
    return [client.messages.create(driver=one, text="Gate 4 is closed.") for one in drivers]
