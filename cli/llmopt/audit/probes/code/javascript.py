"""JavaScript and TypeScript to a `Module`, by rules on the code with its strings blanked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from llmopt.audit.probes.code.masking import Source
from llmopt.audit.probes.code.module import (
    UNKNOWN,
    Assignment,
    Choice,
    Function,
    Invocation,
    Loop,
    Module,
    Name,
    Part,
    Text,
)

_IMPORT = re.compile(r"\bimport\s+(?:type\s+)?([\w$*{}\s,]+?)\s+from\b|\bimport(?=\s)")
_REQUIRE = re.compile(
    r"(?:const|let|var)\s+([\w$]+|\{[^}]*\})\s*=\s*(?:await\s+)?(?:require|import)\s*\("
)
_CALL = re.compile(
    r"(?<![\w$.])((?:[A-Za-z_$][\w$]*)(?:\??\.[A-Za-z_$#][\w$]*|\[\s*\]|"
    r"\(\s*\))*)\s*(?:<[\w$.,\s\[\]{}|'\"]*>)?\s*\("
)
_METHOD = re.compile(r"[)\]]\s*\??\.([A-Za-z_$][\w$]*)\s*(?:<[\w$.,\s\[\]]*>)?\s*\(")
_WORDS = frozenset(
    [
        "if",
        "for",
        "while",
        "switch",
        "catch",
        "function",
        "return",
        "typeof",
        "await",
        "new",
        "super",
        "import",
        "require",
    ]
)
_DOTTED = re.compile(r"(?<![\w$.])[A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)*")
_KEY = re.compile(
    r"(?<![\w$.?])([A-Za-z_$][\w$]*)\s*:(?!:)|(?<=[{,])\s*([A-Za-z_$][\w$]*)\s*(?=[,}])"
)
_SPREAD = re.compile(r"\.\.\.\s*\(?\s*([\w$.]+)")
_DECLARED = re.compile(
    r"(?:(?:export\s+)?(?:const|let|var)\s+([\w$]+|\{[^}=]*\}|\[[^\]=]*\])\s*(?::[^=;\n]+)?|"
    r"(?<![\w$.=!<>])"
    r"([A-Za-z_$][\w$.]*))\s*(\+?=)(?![=>])"
)
_FUNCTION = re.compile(
    r"\bfunction\s*\*?\s*([\w$]+)\s*(?:<[^>]*>)?\s*\(|"
    r"(?:const|let|var)\s+([\w$]+)\s*(?::[^=]+)?=\s*(?:async\s*)?(?:function\b[^(]*)?"
    r"(?:\([^()]*(?:\([^()]*\)[^()]*)*\)|[\w$]+)\s*(?::\s*[\w$<>\[\]., |{}]+)?\s*=>|"
    r"^[ \t]*(?:(?:public|private|protected|static|async|override|get|set)\s+)*"
    r"([\w$]+)\s*\([^;{}]*\)\s*(?::\s*[^{;=]+)?\{|"
    r"(?<![\w$.?])([\w$]+)\s*:\s*(?:async\s*)?(?:\([^()]*\)|[\w$]+)\s*=>",
    re.MULTILINE,
)
_LOOP = re.compile(r"\b(for|while)\s*(await\s*)?\(")
_STEPS = re.compile(
    r"\b(?:const|let|var)\s+(?:attempt|retry|try|step|turn|round|iteration|hop|i|_)\w*\b"
)
_CHOSEN = re.compile(
    r"(?i)\bof\s*\[|(?:model|llm|client|provider|backend|fallback)s?\b\s*(?:\bof\b|\)?\s*$)|"
    r"\b(?:const|let|var)\s+(?:attempt|retry|try|step|turn|round)\w*\b"
)
"""Loops that choose among a few models or count attempts run over no data."""
_EACH = re.compile(r"\.(?:map|forEach|flatMap)\s*\(")
_NUMBER = re.compile(r"\s*(-?\d[\d_]*(?:\.\d+)?)\s*(?=[,;)}\]\n])")
_NAMED_CALL = re.compile(r"\s*(?:await\s+)?(?:new\s+)?[\w$.]+\s*\(")
_ENVIRONMENT = re.compile(
    r"\s*(?:process\.env|import\.meta\.env|Deno\.env)[\w$.\[\]() ]*(?:\?\?|\|\|)"
)
_ROLE = re.compile(r"\brole\s*:")
_PROMPT_NAME = re.compile(r"(?i)prompt|template|instruction|system")
_TEXT_KEYS = frozenset(
    [
        "system",
        "instructions",
        "prompt",
        "content",
        "systemInstruction",
        "systemPrompt",
        "input",
        "template",
        "text",
    ]
)
_TELLING = re.compile(r"\b(?:console\.\w+|logger?\.\w+)\s*\([^()]*$")


class _Span(NamedTuple):
    start: int
    end: int


def imports(source: Source) -> tuple[dict[str, str], frozenset[str]]:
    """Return what names stand for and the modules that a file imports."""
    aliases: dict[str, str] = {}
    modules: set[str] = set()
    for match in [*_IMPORT.finditer(source.code), *_REQUIRE.finditer(source.code)]:
        module = source.literal_at(match.end())
        if module is None:
            continue
        modules.add(module.text)
        named = match[1] or ""
        for piece in re.split(r"[{},]", re.sub(r"\*\s+as\s+", "", named)):
            original, _, alias = piece.strip().replace(":", " as ").partition(" as ")
            original = original.removeprefix("type ").strip()
            if original:
                aliases[alias.strip() or original] = f"{module.text}.{original}"
    return aliases, frozenset(modules)


def constants_of(source: Source, outside: Mapping[str, Any]) -> dict[str, Any]:
    """Return the literals that a file names."""
    reader = _Reader("", source, outside)
    return {name: value for name, value in reader.constants.items() if value is not UNKNOWN}


def read_javascript(file: str, source: Source, outside: Mapping[str, Any]) -> Module:
    """Read a file; `outside` are the constants of other files (`config.MODEL`)."""
    reader = _Reader(file, source, outside)
    return Module(
        file=file,
        modules=reader.modules,
        names=tuple(reader.names()),
        texts=tuple(reader.texts()),
        invocations=tuple(reader.invocations),
        assignments=tuple(reader.assignments()),
        parts=tuple(reader.parts()),
        choices=tuple(reader.choices()),
        functions=tuple(function for function, _ in reader.functions),
        constants=reader.constants,
    )


class _Reader:
    def __init__(self, file: str, source: Source, outside: Mapping[str, Any]) -> None:
        self.file = file
        self._source = source
        self._outside = outside
        self._aliases, self.modules = imports(source)

    # values

    @cached_property
    def constants(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self._known = found
        for match in _DECLARED.finditer(self._source.code):
            name = match[1] or match[2]
            if name and not name.startswith(("{", "[")) and match[3] == "=":
                value = self._value(match.end())
                found[name] = UNKNOWN if name in found and found[name] != value else value
        return found

    def _value(self, at: int) -> Any:  # noqa: ANN401, PLR0911 - any literal, by what begins there
        code = self._source.code
        environment = _ENVIRONMENT.match(code, at)
        if environment:
            return self._value(environment.end())
        literal = self._source.literal_at(at)
        if literal:
            return literal.text
        number = _NUMBER.match(code, at)
        if number:
            return (
                float(number[1].replace("_", ""))
                if "." in number[1]
                else int(number[1].replace("_", ""))
            )
        word = re.compile(r"\s*(true|false|null|undefined)\b").match(code, at)
        if word:
            return {"true": True, "false": False}.get(word[1])
        named_call = _NAMED_CALL.match(code, at)
        if named_call:
            inner = self._source.literal_at(named_call.end())
            name = re.compile(r"\s*([\w$.]+)\s*[,)]").match(code, named_call.end())
            return inner.text if inner else self._named(name[1]) if name else UNKNOWN
        opening = re.compile(r"\s*([\[{])").match(code, at)
        if opening:
            end = self._source.closing(opening.start(1))
            return (
                self._list(opening.end(), end)
                if opening[1] == "["
                else self._object(opening.end(), end)
            )
        name = re.compile(r"\s*([\w$.]+)\s*(?:as const)?\s*(?=[,;)}\]\n?:|])").match(code, at)
        return self._named(name[1]) if name else UNKNOWN

    def _named(self, name: str) -> Any:  # noqa: ANN401
        if name in self._known:
            return self._known[name]
        base, _, key = name.rpartition(".")
        table = self._known.get(base)
        if isinstance(table, dict) and key in table:
            return table[key]
        resolved = self._resolved(name)
        path = re.sub(r"\.(?:js|ts|mjs|tsx|jsx)(?=\.)", "", resolved)
        short = ".".join(re.split(r"[./]", path)[-2:])
        return self._outside.get(short, UNKNOWN)

    def _list(self, start: int, end: int) -> list[Any]:
        return [lit.text for lit in self._source.literals if start <= lit.start < end]

    def _object(self, start: int, end: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for match in _KEY.finditer(self._source.code, start - 1, end + 1):
            key = match[1] or match[2]
            found.setdefault(key, self._value(match.end()) if match[1] else self._named(key))
        return found

    def _resolved(self, name: str) -> str:
        first, dot, rest = name.replace("?.", ".").partition(".")
        return self._aliases.get(first, first) + dot + rest

    # calls

    @cached_property
    def invocations(self) -> list[Invocation]:
        code = self._source.code
        _ = self.constants
        found = []
        for match in [*_CALL.finditer(code), *_METHOD.finditer(code)]:
            name = re.sub(r"\s", "", match[1])
            if name in _WORDS:
                continue
            if match.re is _METHOD:
                name = f"{self._chain(match.start())}.{name}"
            opening = match.end() - 1
            end = self._source.closing(opening)
            line, column = self._source.place(match.start(1))
            keywords, is_open = self._arguments(opening, end)
            found.append(
                Invocation(
                    name=self._resolved(name),
                    line=line,
                    column=column,
                    function=self._function_at(match.start(1)),
                    keywords=keywords,
                    mentions=self._mentions(opening + 1, end),
                    targets=self._targets_before(match.start(1)),
                    loop=self._loop_at(match.start(1)),
                    open=is_open,
                )
            )
        return found

    def _chain(self, at: int) -> str:
        """Return what a method is called on, where that is itself a call or a look-up."""
        line = self._source.code.rfind("\n", 0, at)
        before = self._source.code[max(line, at - 400) : at]
        names = _DOTTED.findall(before)
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
        keywords = self._object(opening + 1, end)
        first = self._value(opening + 1)
        keywords["0"] = first
        is_open = False
        for match in _SPREAD.finditer(self._source.code, opening, end):
            value = self._named(match[1])
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

    def _mentions(self, start: int, end: int) -> frozenset[str]:
        found: set[str] = set()
        for match in _DOTTED.finditer(self._source.code, start, end):
            parts = self._resolved(match[0]).split(".")
            found.update(".".join(parts[: n + 1]) for n in range(len(parts)))
        return frozenset(found)

    def _targets_before(self, at: int) -> tuple[str, ...]:
        before = self._source.code[max(0, at - 200) : at]
        match = re.search(
            r"(?:const|let|var)?\s*([\w$.]+|"
            r"\{[^{}]*\})\s*(?::[^=;\n]+)?=\s*(?:await\s+)?(?:new\s+)?$",
            before,
        )
        return tuple(re.findall(r"[\w$.]+", match[1])) if match else ()

    # extents

    @cached_property
    def functions(self) -> list[tuple[Function, _Span]]:
        found = []
        for match in _FUNCTION.finditer(self._source.code):
            name = match[1] or match[2] or match[3] or match[4]
            if name in _WORDS or name == "constructor":
                continue
            span = self._body(match)
            conditional = bool(
                re.search(r"\bif\s*\(|\?[^.?:]+:", self._source.code[span.start : span.end])
            )
            line, end = self._source.place(match.start())[0], self._source.place(span.end)[0]
            found.append((Function(name, line, end, (), conditional), span))
        return found

    def _body(self, match: re.Match[str]) -> _Span:
        code = self._source.code
        at = match.end() - 1
        if match[1]:
            at = self._source.closing(at) + 1
        elif match[2] or match[4]:
            at = match.end()
        while (at < len(code) and code[at] not in "{;(\n") or (
            match[1] and at < len(code) and code[at] in "(\n"
        ):
            at += 1
        if at < len(code) and code[at] in "{(":
            return _Span(match.start(), self._source.closing(at))
        stop = code.find(";", at)
        return _Span(match.start(), stop if stop >= 0 else len(code))

    def _function_at(self, at: int) -> str:
        inside = [
            (span.end - span.start, f.name)
            for f, span in self.functions
            if span.start < at < span.end
        ]
        return min(inside)[1] if inside else ""

    @cached_property
    def _loops(self) -> list[tuple[_Span, Loop]]:
        code = self._source.code
        found: list[tuple[_Span, Loop]] = []
        for match in _LOOP.finditer(code):
            header_end = self._source.closing(match.end() - 1)
            header = code[match.end() : header_end]
            body = re.compile(r"\s*\{").match(code, header_end + 1)
            end = self._source.closing(body.end() - 1) if body else code.find(";", header_end)
            if match[2]:
                continue  # over the pieces of a stream
            found.append((_Span(header_end, end), _loop_kind(match[1], header)))
        each = (match.end() for match in _EACH.finditer(code))
        return found + [(_Span(end, self._source.closing(end - 1)), "data") for end in each]

    def _loop_at(self, at: int) -> Loop | None:
        kinds = [kind for span, kind in self._loops if span.start < at < span.end]
        return "data" if "data" in kinds else (kinds[-1] if kinds else None)

    # names, texts, parts

    def names(self) -> Iterator[Name]:
        code = self._source.code
        for module in self.modules:
            yield Name(f"import:{module}", 1, 1)
        for alias, full in self._aliases.items():
            yield Name(f"import:{full}", *self._source.place(max(code.find(alias), 0)))
        for match in _DOTTED.finditer(code):
            yield Name(self._resolved(match[0]), *self._source.place(match.start()))
        for match in _KEY.finditer(code):
            yield Name(
                f"{match[1] or match[2]}=", *self._source.place(match.start(1 if match[1] else 2))
            )
        for match in re.finditer(r"([\w$.]+)\s*\[", code):
            yield Name(f"{match[1]}[]", *self._source.place(match.start()))
        for function, _ in self.functions:
            yield Name(f"def:{function.name}", function.line, 1)
        for call in self.invocations:
            yield Name(call.name, call.line, call.column)
        for literal in self._source.literals:  # headers and other quoted keys
            if self._source.code[literal.end : literal.end + 2].lstrip().startswith(":"):
                yield Name(f"{literal.text}=", *self._source.place(literal.start))

    def texts(self) -> Iterator[Text]:
        code = self._source.code
        for literal in self._source.literals:
            line, column = self._source.place(literal.start)
            before = code[max(0, literal.start - 160) : literal.start]
            key = re.search(r"([\w$]+)\s*:\s*(?:[\w$.]+\s*\(\s*)?$", before)
            declared = re.search(r"(?:const|let|var)\s+([\w$]+)\s*(?::[^=]+)?=\s*$", before)
            built = re.search(
                r"(SystemMessage|HumanMessage|AIMessage|fromTemplate)\s*\(\s*$", before
            )
            if key and key[1] in _TEXT_KEYS:
                role, group = self._role(literal.start)
                use = f"role:{role}" if role else f"key:{key[1]}"
                yield Text(literal.text, line, column, use, group)
            elif declared and _PROMPT_NAME.search(declared[1]):
                yield Text(literal.text, line, column, f"name:{declared[1]}")
            elif built:
                role = {
                    "SystemMessage": "system",
                    "HumanMessage": "user",
                    "AIMessage": "assistant",
                }.get(built[1])
                yield Text(literal.text, line, column, f"role:{role}" if role else "template")
            yield Text(literal.text, line, column, "value")

        for match in _ROLE.finditer(code):
            role, group = self._role(match.start())
            yield Text("", *self._source.place(match.start()), f"role:{role}", group)

    def _role(self, at: int) -> tuple[str | None, int | None]:
        """Return the role written in the object around `at`, and the list that it is in."""
        code, depth, opening = self._source.code, 0, -1
        for position in range(at - 1, max(-1, at - 4_000), -1):
            depth += {"}": 1, "]": 1, ")": 1, "{": -1, "[": -1, "(": -1}.get(code[position], 0)
            if depth == -1 and opening < 0:
                opening = position
                if code[position] != "{":
                    return None, None
            elif depth == -2:
                group = position if code[position] == "[" else None
                break
        else:
            group = None
        if opening < 0:
            return None, None
        match = _ROLE.search(code, opening, self._source.closing(opening))
        literal = self._source.literal_at(match.end()) if match else None
        return (literal.text if literal else None), group

    def assignments(self) -> Iterator[Assignment]:
        code = self._source.code
        for match in _DECLARED.finditer(code):
            end = self._expression_end(match.end())
            targets = tuple(re.findall(r"[\w$.]+", match[1] or match[2]))
            mentions = self._mentions(match.end(), end)
            if match[3] == "+=":
                mentions |= set(targets)
            yield Assignment(
                targets,
                mentions,
                self._function_at(match.start()),
                self._source.place(match.start())[0],
            )
        for match in re.finditer(
            r"\bfor\s*(?:await\s*)?\(\s*(?:const|let|var)\s+([\w$]+|\{[^}]*\}|\[[^\]]*\])\s+of\s+",
            code,
        ):
            end = self._source.closing(code.find("(", match.start()))
            yield Assignment(
                tuple(re.findall(r"[\w$]+", match[1])),
                self._mentions(match.end(), end),
                self._function_at(match.start()),
                self._source.place(match.start())[0],
            )

    def _expression_end(self, at: int) -> int:
        code, depth = self._source.code, 0
        for match in re.compile(r"[()\[\]{};\n]").finditer(code, at):
            char = match[0]
            if char in "([{":
                depth += 1
            elif char in ")]}":
                depth -= 1
                if depth < 0:
                    return match.start()
            elif depth == 0 and (char == ";" or not _goes_on(code, at, match.start())):
                return match.start()
        return len(code)

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
                    mentions = self._mentions(match.start(1), match.end(1))
                    yield Part(
                        "head" if kind == "head" else "tail",
                        mentions,
                        self._source.place(match.start())[0],
                        self._function_at(match.start()),
                    )
        for match in re.finditer(r"\bfor\s+await\s*\(", code):
            end = self._source.closing(match.end() - 1)
            body = self._source.closing(code.find("{", end)) if "{" in code[end:] else end
            if re.search(r"\b(?:break|return)\b", code[end:body]):
                yield Part(
                    "break",
                    self._mentions(match.end(), end),
                    self._source.place(match.start())[0],
                    self._function_at(match.start()),
                )

    def choices(self) -> Iterator[Choice]:
        code = self._source.code
        for match in re.finditer(r"(?<!\?)\?(?![.?])", code):
            colon = code.find(":", match.end())
            if colon < 0:
                continue
            both = [self._value_before(match.end(), colon), self._value(colon + 1)]
            texts = tuple(value for value in both if isinstance(value, str))
            if len(set(texts)) > 1:
                yield Choice(texts, self._source.place(match.start())[0])
        for name, value in self.constants.items():
            if isinstance(value, dict) and len(value) > 1:
                texts = tuple(text for text in value.values() if isinstance(text, str))
                if len(set(texts)) > 1:
                    yield Choice(texts, 1, name)

    def _value_before(self, start: int, colon: int) -> Any:  # noqa: ANN401
        literal = self._source.literal_at(start)
        if literal and literal.end <= colon:
            return literal.text
        name = self._source.code[start:colon].strip()
        return self._named(name) if re.fullmatch(r"[\w$.]+", name) else UNKNOWN


def _loop_kind(word: str, header: str) -> Loop:
    if word == "while":
        return "while"
    if re.search(r"\bof\b", header):
        return "steps" if _CHOSEN.search(header) else "data"
    if ".length" in header:
        return "data"
    return "steps"


def _goes_on(code: str, start: int, newline: int) -> bool:
    """Tell whether an expression goes on after the end of a line."""
    before = code[start:newline].rstrip()
    after = code[newline:].lstrip()
    return not before or before[-1] in "=+-*/%&|?:,.(<" or after[:1] in ".?:+*/&|"
