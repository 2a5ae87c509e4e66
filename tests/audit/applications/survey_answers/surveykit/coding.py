import json

import litellm

from surveykit.texts import CODE_PROMPT, REPORT_PROMPT

CODER = "gpt-4o"
WRITER = "claude-3-5-sonnet-20241022"


def code_answer(answer: str, topics: list[str]) -> dict:
    reply = litellm.completion(
        model=CODER,
        messages=[
            {"role": "system", "content": CODE_PROMPT.format(topics=", ".join(topics))},
            {"role": "user", "content": answer},
        ],
        temperature=0,
        max_tokens=60,
    )
    return json.loads(reply.choices[0].message.content)


def code_all(answers: list[str], topics: list[str]) -> list[dict]:
    coded = []
    for answer in answers:
        coded.append(code_answer(answer, topics))
    return coded


def theme_report(counts: dict[str, int]) -> str:
    reply = litellm.completion(
        model=WRITER,
        messages=[{"role": "user", "content": REPORT_PROMPT.format(counts=json.dumps(counts))}],
    )
    return reply.choices[0].message.content
