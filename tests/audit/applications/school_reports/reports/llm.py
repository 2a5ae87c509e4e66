"""Requests to the proxy, in the name of a school."""

from openai import OpenAI

from reports import settings, texts
from reports.schools import School


class Writer:
    """Writes for one school: its key decides who pays."""

    def __init__(self, school: School) -> None:
        self._school = school
        self._client = OpenAI(base_url=settings.PROXY_URL, api_key=school.proxy_key)

    def comment(self, name: str, keywords: str) -> str:
        text = texts.COMMENT_PROMPT.format(name=name, keywords=keywords)
        return self._ask(text, feature="comment", max_tokens=220)

    def subject(self, keywords: str) -> str:
        text = texts.SUBJECT_PROMPT.format(keywords=keywords)
        return self._ask(text, feature="subject", max_tokens=5).strip().lower()

    def _ask(self, text: str, *, feature: str, max_tokens: int) -> str:
        reply = self._client.chat.completions.create(
            model=settings.WRITER,
            messages=[{"role": "user", "content": text}],
            max_tokens=max_tokens,
            extra_body={"metadata": {"tags": [feature], "tenant_id": self._school.tenant_id}},
        )
        return reply.choices[0].message.content or ""
