"""What the schemas of all files share."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

TAG_MARK = "|"
"""Begins the tags of alternatives, which stand in error locations but in no file."""

TEXT, LIST, MAPPING = f"{TAG_MARK}text", f"{TAG_MARK}list", f"{TAG_MARK}mapping"
_NAME_LIMIT = 200
# What is not given is not sent; as no default of the field's type, it cannot be written either.
_NOT_GIVEN: Any = None


class Strict(BaseModel):
    """A mapping that knows its keys: no others, and no value of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


def mistake(message: str, hint: str | None = None) -> PydanticCustomError:
    """An error that says in plain words what is wrong."""
    return PydanticCustomError("plain", "{message}", {"message": message, "hint": hint})


def _list_or_text(value: object) -> str:
    return LIST if isinstance(value, list) else TEXT


def _check_name(name: str) -> str:
    if not name.strip() or name != name.strip() or not name.isprintable():
        raise mistake("a name must be one line of text without spaces around it")
    if "/" in name:
        raise mistake("a name cannot hold '/'", "use '-' or '.' instead")
    if len(name) > _NAME_LIMIT:
        raise mistake(f"a name cannot be longer than {_NAME_LIMIT} characters")
    return name


Name = Annotated[str, AfterValidator(_check_name)]
Texts = Annotated[
    Annotated[str, Tag(TEXT)] | Annotated[list[str], Tag(LIST)], Discriminator(_list_or_text)
]
"""One text or a list of texts."""


class Params(BaseModel):
    """Parameters of a call: the well-known ones are checked, others go to the provider as is."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True, allow_inf_nan=False)

    max_tokens: int | None = Field(
        default=_NOT_GIVEN, ge=1, description="The longest reply, in tokens.", examples=[200]
    )
    temperature: float | None = Field(
        default=_NOT_GIVEN, ge=0, le=2, description="0 asks for the likeliest reply.", examples=[0]
    )
    top_p: float | None = Field(
        default=_NOT_GIVEN, ge=0, le=1, description="Nucleus sampling.", examples=[1]
    )
    stop: Texts | None = Field(
        default=_NOT_GIVEN, description="One text or several that end the reply.", examples=[["\n"]]
    )
    seed: int | None = Field(
        default=_NOT_GIVEN, description="Asks for repeatable sampling.", examples=[1]
    )
