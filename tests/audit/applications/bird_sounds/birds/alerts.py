"""Text messages to the wardens when a rare bird is heard."""

import os
import time

from twilio.rest import Client

from birds.catalogue import warden_of

client = Client(os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"])

PROMPT_TEMPLATE = "{species} heard at {station}, {confidence:.0%} sure. Please reply OK. Thank you!"


def send(detections: list[dict]) -> None:
    for detection in detections:
        message = client.messages.create(
            to=warden_of(detection["station"]),
            from_=os.environ["TWILIO_FROM"],
            body=PROMPT_TEMPLATE.format(**detection),
        )
        print(message.sid)
        time.sleep(1)
