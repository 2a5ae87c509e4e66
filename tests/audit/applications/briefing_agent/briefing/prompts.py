PLAN_PROMPT = """Task: plan the research for a briefing.
Question: {question}
Give three to five searches that together answer it."""

WRITE_PROMPT = """Task: write a briefing for a member of the city council.
Question: {question}
Notes: {notes}
Counter-arguments: {doubts}
Format: a summary of two sentences, then at most six bullets, each with its source."""

NOTES_PROMPT = """List what these passages say about the question.
Question: {question}
Passages: {passages}"""

DOUBTS_PROMPT = """List what in these passages speaks against the usual answer.
Question: {question}
Passages: {passages}"""
