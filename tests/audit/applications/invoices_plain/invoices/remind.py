"""Reminders by text message. (The proposal to let openai.chat.completions.create write them was
turned down: what a reminder says is law.)"""

import os
import time

from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

client = Client(os.environ.get("TWILIO_SID"), os.environ.get("TWILIO_TOKEN"))
REMINDER_TEMPLATE = "Please note that invoice {number} of {amount} is due. Thank you, thanks!"


def send(phone: str, number: str, amount: str) -> str | None:
    for attempt in range(3):
        try:
            message = client.messages.create(
                body=REMINDER_TEMPLATE.format(number=number, amount=amount),
                from_=os.environ["SENDER"],
                to=phone,
            )
        except TwilioRestException:
            time.sleep(2**attempt)
        else:
            return message.sid
    return None


def remind_all(open_invoices: list[dict]) -> None:
    for invoice in open_invoices:
        send(invoice["phone"], invoice["number"], invoice["amount"])
