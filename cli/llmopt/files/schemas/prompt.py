"""The schema of a prompt file."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from llmopt.files.schemas.base import Name, Params, Strict, mistake


class MessageEntry(Strict):
    """One message of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str = Field(description="A template.", examples=["{{ text }}"])


class VariantEntry(Strict):
    """One way to ask: texts in the short form (system, user, assistant) or as `messages`."""

    system: str | None = Field(default=None, description="Short form: the system message.")
    user: str | None = Field(
        default=None,
        description="Short form: the user's message, a template.",
        examples=["Sentiment (positive/negative/neutral): {{ text }}"],
    )
    assistant: str | None = Field(
        default=None, description="Short form: how the reply begins, after the user's message."
    )
    messages: list[MessageEntry] | None = Field(
        default=None, min_length=1, description="The whole chat, in order."
    )
    params: Params = Field(
        default=Params(),
        description="Sent with every call; wins over the model's.",
        examples=[{"max_tokens": 4}],
    )
    example: str | None = Field(
        default=None,
        description="The template of one example; rendered examples stand at {{ examples }}.",
        examples=["{{ text }} -> {{ label }}"],
    )
    examples: list[dict[str, Any]] | None = Field(
        default=None,
        min_length=1,
        description="Values for the example template, one mapping an example.",
        examples=[[{"text": "fantastic, loved it", "label": "positive"}]],
    )

    cache: bool = Field(
        default=False,
        description="Mark what all cases share at the beginning for the provider to cache "
        "(Anthropic's cache_control; OpenAI caches by itself).",
    )

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        short = [
            name for name in ("system", "user", "assistant") if getattr(self, name) is not None
        ]
        if self.messages is not None and short:
            raise mistake(
                f"'messages' and '{short[0]}' cannot stand together",
                "move the text into 'messages'",
            )
        if self.messages is None and self.user is None:
            what = "no 'user' text" if short else "no text"
            raise mistake(f"the variant has {what}", "add 'user:' or 'messages:'")
        if self.examples is not None and self.example is None:
            raise mistake(
                "'examples' needs an 'example' template",
                'for example example: "{{ text }} -> {{ label }}"',
            )
        if self.example is not None and self.examples is None:
            raise mistake("'example' needs 'examples', the values to fill in")
        return self


class PromptFile(Strict):
    """A prompt: one task, and the variants that ask for it."""

    prompt: Name = Field(description="The prompt's name.", examples=["sentiment"])
    description: str = Field(default="", description="What the task is, for readers.")
    baseline: str | None = Field(
        default=None,
        description="The variant that runs today; default: the first.",
        examples=["verbose"],
    )
    ladder: list[Name] = Field(
        default=[],
        description="Variants ever more compressed, the least compressed first: tested in this "
        "order, each only after the one before it is adopted.",
        examples=[["concise", "terse", "bare"]],
    )
    format: Literal["jinja", "fstring"] = Field(
        default="jinja", description="How templates are written: {{ text }} or {text}."
    )
    variants: dict[Name, VariantEntry] = Field(
        min_length=1,
        description="The ways to ask, by name.",
        examples=[{"concise": {"user": "Sentiment: {{ text }}"}}],
    )
