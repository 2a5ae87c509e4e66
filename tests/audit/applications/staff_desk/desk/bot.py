import asyncio
import os

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from desk.conversation import answer

app = AsyncApp(token=os.environ["SLACK_BOT_TOKEN"])


@app.event("message")
async def on_message(event, say):
    if event.get("channel_type") == "im" and "bot_id" not in event:
        await say(await answer(event["user"], event["text"][:2000]))


async def main():
    await AsyncSocketModeHandler(app, os.environ["SLACK_APP_TOKEN"]).start_async()


if __name__ == "__main__":
    asyncio.run(main())
