"""The prompt in use. It is the variant `lean` of prompts/triage.yaml."""

SYSTEM = """\
Classify the message to the building management.
Teams: heating, lifts, keys, cleaning, rent
Urgent: people are in danger, or damage grows by the hour
Sure: 0 to 1, how sure you are of the team
"""
