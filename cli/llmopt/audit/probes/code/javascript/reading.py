"""JavaScript and TypeScript to a `Module`, by rules on the code with its strings blanked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from llmopt.audit.probes.code.javascript.extents import KEYWORDS, Extents
from llmopt.audit.probes.code.javascript.masking import Source
from llmopt.audit.probes.code.javascript.texts import texts_of
from llmopt.audit.probes.code.javascript.values import DECLARED, DOTTED, KEY, Values
from llmopt.audit.probes.code.module import (
    UNKNOWN,
    Assignment,
    Choice,
    Defined,
    Invocation,
    Lookup,
    Module,
    Name,
    Part,
)

_CALL = re.compile(
    r"(?<![\w$.])((?:[A-Za-z_$][\w$]*)(?:\??\.[A-Za-z_$#][\w$]*|\[\s*\]|"
    r"\(\s*\))*)\s*(?:<[\w$.,\s\[\]{}|'\"]*>)?\s*\("
)
_METHOD = re.compile(r"[)\]]\s*\??\.([A-Za-z_$][\w$]*)\s*(?:<[\w$.,\s\[\]]*>)?\s*\(")
_SPREAD = re.compile(r"\.\.\.\s*\(?\s*([\w$.]+)")
_TELLING = re.compile(r"\b(?:console\.\w+|logger?\.\w+)\s*\([^()]*$")


def read_javascript(file: str, source: Source, outside: Lookup, defined: Defined) -> Module:
    """Read a file; `outside` knows the constants of other files (`config.MODEL`)."""
    values = Values(source, outside)
    reader = _Reader(source, values)
    return Module(
        file=file,
        modules=values.modules,
        names=tuple(reader.names()),
        texts=tuple(texts_of(source)),
        invocations=tuple(reader.invocations),
        assignments=tuple(reader.assignments()),
        parts=tuple(reader.parts()),
        choices=tuple(reader.choices()),
        functions=tuple(function for function, _ in reader.extents.functions),
        constants=values.constants,
        defined=defined,
    )


class _Reader:
    def __init__(self, source: Source, values: Values) -> None:
        self._source = source
        self._values = values
        self.extents = Extents(source)

    # calls

    @cached_property
    def invocations(self) -> list[Invocation]:
        code = self._source.code
        found = []
        for match in [*_CALL.finditer(code), *_METHOD.finditer(code)]:
            name = re.sub(r"\s", "", match[1])
            if name in KEYWORDS:
                continue
            if match.re is _METHOD:
                name = f"{self._chain(match.start())}.{name}"
            opening = match.end() - 1
            end = self._source.closing(opening)
            line, column = self._source.place(match.start(1))
            keywords, is_open = self._arguments(opening, end)
            found.append(
                Invocation(
                    name=self._values.resolved(name),
                    line=line,
                    column=column,
                    function=self.extents.function_at(match.start(1)),
                    keywords=keywords,
                    mentions=self._values.mentions(opening + 1, end),
                    targets=self._targets_before(match.start(1)),
                    loop=self.extents.loop_at(match.start(1)),
                    open=is_open,
                )
            )
        return found

    def _chain(self, at: int) -> str:
        """Return what a method is called on, where that is itself a call or a look-up."""
        line = self._source.code.rfind("\n", 0, at)
        before = self._source.code[max(line, at - 400) : at]
        names = DOTTED.findall(before)
        depth = 0
        for position in range(at, -1, -1):
            char = self._source.code[position]
            depth += {")": 1, "]": 1, "(": -1, "[": -1}.get(char, 0)
            if depth == 0:
                owner = re.search(
                    r"([\w$.]+)\s*$", self._source.code[max(0, position - 120) : position]
                )
                return f"{owner[1]}()" if owner else (names[0] if names else "")
        return ""

    def _arguments(self, opening: int, end: int) -> tuple[dict[str, Any], bool]:
        keywords = self._values.settings(opening + 1, end)
        first = self._values.at(opening + 1)
        keywords["0"] = first
        is_open = False
        for match in _SPREAD.finditer(self._source.code, opening, end):
            value = self._values.named(match[1])
            if isinstance(value, dict):
                keywords = {**value, **keywords}
            elif not self._in_list(match.start(), opening):
                is_open = True
        options = re.compile(r"\(\s*([\w$]+)\s*[,)]").match(self._source.code, opening)
        if options and isinstance(first, dict):
            keywords = {**first, **keywords}
        elif options and not keywords.keys() - {"0"}:
            is_open = True
        return keywords, is_open

    def _in_list(self, at: int, opening: int) -> bool:
        """Tell whether a spread fills a list, such as the messages, and not the settings."""
        depth = 0
        for position in range(at - 1, opening, -1):
            char = self._source.code[position]
            depth += {")": 1, "]": 1, "}": 1, "(": -1, "[": -1, "{": -1}.get(char, 0)
            if depth < 0:
                return char == "["
        return False

    def _targets_before(self, at: int) -> tuple[str, ...]:
        before = self._source.code[max(0, at - 200) : at]
        match = re.search(
            r"(?:const|let|var)?\s*([\w$.]+|"
            r"\{[^{}]*\})\s*(?::[^=;\n]+)?=\s*(?:await\s+)?(?:new\s+)?$",
            before,
        )
        return tuple(re.findall(r"[\w$.]+", match[1])) if match else ()

    # names, assignments, parts, choices

    def names(self) -> Iterator[Name]:
        code = self._source.code
        for module in self._values.modules:
            yield Name(f"import:{module}", 1, 1)
        for alias, full in self._values.aliases.items():
            yield Name(f"import:{full}", *self._source.place(max(code.find(alias), 0)))
        for match in DOTTED.finditer(code):
            yield Name(self._values.resolved(match[0]), *self._source.place(match.start()))
        for match in KEY.finditer(code):
            yield Name(
                f"{match[1] or match[2]}=", *self._source.place(match.start(1 if match[1] else 2))
            )
        for match in re.finditer(r"([\w$.]+)\s*\[", code):
            yield Name(f"{match[1]}[]", *self._source.place(match.start()))
        for function, _ in self.extents.functions:
            yield Name(f"def:{function.name}", function.line, 1)
        for call in self.invocations:
            yield Name(call.name, call.line, call.column)
        for literal in self._source.literals:  # headers and other quoted keys
            if self._source.code[literal.end : literal.end + 2].lstrip().startswith(":"):
                yield Name(f"{literal.text}=", *self._source.place(literal.start))

    def assignments(self) -> Iterator[Assignment]:
        code = self._source.code
        for match in DECLARED.finditer(code):
            end = self._source.expression_end(match.end())
            targets = tuple(re.findall(r"[\w$.]+", match[1] or match[2]))
            mentions = self._values.mentions(match.end(), end)
            if match[3] == "+=":
                mentions |= set(targets)
            yield Assignment(
                targets,
                mentions,
                self.extents.function_at(match.start()),
                self._source.place(match.start())[0],
            )
        for match in re.finditer(
            r"\bfor\s*(?:await\s*)?\(\s*(?:const|let|var)\s+([\w$]+|\{[^}]*\}|\[[^\]]*\])\s+of\s+",
            code,
        ):
            end = self._source.closing(code.find("(", match.start()))
            yield Assignment(
                tuple(re.findall(r"[\w$]+", match[1])),
                self._values.mentions(match.end(), end),
                self.extents.function_at(match.start()),
                self._source.place(match.start())[0],
            )

    def parts(self) -> Iterator[Part]:
        code = self._source.code
        head = re.compile(
            r"([\w$.?\[\]]+)\s*(?:\(\s*\))?\s*\.(?:split\s*\([^()]*\)\s*\[\s*0\s*\]|"
            r"slice\s*\(\s*0\s*,|substring\s*\(\s*0\s*,)"
        )
        tail = re.compile(r"([\w$.?\[\]]+)\s*\.slice\s*\(\s*-")
        for kind, pattern in (("head", head), ("tail", tail)):
            for match in pattern.finditer(code):
                if not _TELLING.search(code[max(0, match.start() - 200) : match.start()]):
                    mentions = self._values.mentions(match.start(1), match.end(1))
                    yield Part(
                        "head" if kind == "head" else "tail",
                        mentions,
                        self._source.place(match.start())[0],
                        self.extents.function_at(match.start()),
                    )
        for match in re.finditer(r"\bfor\s+await\s*\(", code):
            end = self._source.closing(match.end() - 1)
            body = self._source.closing(code.find("{", end)) if "{" in code[end:] else end
            if re.search(r"\b(?:break|return)\b", code[end:body]):
                yield Part(
                    "break",
                    self._values.mentions(match.end(), end),
                    self._source.place(match.start())[0],
                    self.extents.function_at(match.start()),
                )

    def choices(self) -> Iterator[Choice]:
        code = self._source.code
        for match in re.finditer(r"(?<!\?)\?(?![.?])", code):
            colon = code.find(":", match.end())
            if colon < 0:
                continue
            both = [self._value_before(match.end(), colon), self._values.at(colon + 1)]
            texts = tuple(value for value in both if isinstance(value, str))
            if len(set(texts)) > 1:
                yield Choice(texts, self._source.place(match.start())[0])
        for name, value in self._values.constants.items():
            if isinstance(value, dict) and len(value) > 1:
                texts = tuple(text for text in value.values() if isinstance(text, str))
                if len(set(texts)) > 1:
                    yield Choice(texts, 1, name)

    def _value_before(self, start: int, colon: int) -> Any:  # noqa: ANN401
        literal = self._source.literal_at(start)
        if literal and literal.end <= colon:
            return literal.text
        name = self._source.code[start:colon].strip()
        return self._values.named(name) if re.fullmatch(r"[\w$.]+", name) else UNKNOWN
