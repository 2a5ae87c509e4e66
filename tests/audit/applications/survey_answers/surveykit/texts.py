CODE_PROMPT = """Label the answer of a survey with one of these topics: {topics}.
Reply as JSON: topic, sentiment."""

REPORT_PROMPT = """Could you please write a report on the themes of this survey? 🙂
It is important that managers understand it. Thanks!
{counts}"""
