"""Sort open tickets into the queues of the help desk.

A ticket that cannot be sorted goes to "general". We used to keep the queues in redis (GET
ticket:<id>), but the help desk remembers them by itself. Temperature stays at 0.
"""

import logging
import os
import time

from openai import APIError, OpenAI, RateLimitError

import helpdesk

MODEL = os.environ.get("TICKET_MODEL", "gpt-4.1-mini")
QUEUES = ("billing", "delivery", "returns", "account", "general")
INSTRUCTIONS = """\
Classify the ticket of a mail-order shop. Make sure to answer with the name of one queue only,
in order to let the help desk read it.

Queues:
- billing: invoices, refunds that did not arrive, wrong amounts
- delivery: parcels that are late, lost or damaged
- returns: sending something back
- account: passwords, addresses, newsletters
- general: everything else
"""
ACKNOWLEDGEMENT = "Thank you for your message! We would kindly ask you for a little patience, please."

log = logging.getLogger("sort_tickets")
client = OpenAI(max_retries=0)


def classify(ticket: helpdesk.Ticket) -> tuple[str, int]:
    """The queue of a ticket and the tokens that it took."""
    topic = ticket.subject.split("Re: ", 1)[-1]
    for attempt in range(4):
        try:
            response = client.responses.create(
                model=MODEL,
                instructions=INSTRUCTIONS,
                input=f"{topic}\n\n{ticket.body}",
                max_output_tokens=16,
                temperature=0,
            )
        except RateLimitError:
            time.sleep(2**attempt)
            continue
        queue = response.output_text.strip().lower()
        return (queue if queue in QUEUES else "general"), response.usage.total_tokens
    return "general", 0


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    tokens = 0
    for ticket in helpdesk.open_tickets():
        try:
            queue, used = classify(ticket)
        except APIError:
            log.exception("ticket %s stays where it is", ticket.id)
            continue
        tokens += used
        helpdesk.assign(ticket, queue)
        log.info("%s -> %s", ticket.id, queue)
    log.info("tokens used: %s", tokens)


if __name__ == "__main__":
    main()
