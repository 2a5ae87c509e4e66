"""The sentences that `generate` strings together, written for llmopt: plain data."""

from __future__ import annotations

KINDS = (
    ("product description", "description"),
    ("description", "description"),
    ("(?:tagline|slogan|catchphrase)", "tagline"),
    ("subject line", "headline"),
    ("(?:headline|title)", "headline"),
    ("apolog", "apology"),
    ("(?:thank[- ]you|thanks)", "thanks"),
    ("(?:announcement|press release|newsletter|notice)", "announcement"),
    ("invitation", "invitation"),
    ("(?:tweet|post|caption)\\b", "post"),
    ("(?:ad|advert|advertisement)\\b", "post"),
    ("(?:reply|response)\\b", "reply"),
    ("(?:e-?mail|letter|message|note)\\b", "email"),
)
"""Cue in the prompt → template; the first that is found counts."""

TEMPLATES = {
    "description": (
        "{Topic} makes everyday use simple.",
        "It is built to last and easy to start with.",
        "You will find it a dependable choice.",
    ),
    "tagline": ("{Topic}: made for your day.",),
    "headline": ("{Topic}: what you need to know",),
    "apology": (
        "We are sorry about {topic}.",
        "You should have had a better experience.",
        "We are looking into it and will put it right.",
    ),
    "thanks": (
        "Thank you for {topic}.",
        "It means a lot to all of us.",
    ),
    "announcement": (
        "We are happy to announce {topic}.",
        "It is ready from now on.",
        "Let us know what you think.",
    ),
    "invitation": (
        "You are invited to {topic}.",
        "We would be glad to see you there.",
        "Please tell us whether you can come.",
    ),
    "post": (
        "Meet {topic}.",
        "Simple, useful and ready when you are.",
    ),
    "reply": (
        "Thank you for writing to us about {topic}.",
        "We have read your message and will help you with it.",
        "Please tell us if anything is still open.",
    ),
    "email": (
        "Hello, I am writing about {topic}.",
        "Here is what matters most.",
        "Please let me know if you have any questions.",
    ),
    "paragraph": (
        "{Topic} is worth a closer look.",
        "Its basics are easy to follow, and small steps go a long way.",
        "Anyone can start with what is at hand.",
    ),
}

PADDING = (
    "There is more to {topic} than meets the eye.",
    "A little time with it pays off.",
    "Start small, see what works, and build on that.",
    "Ask others how they went about it.",
    "Good habits make the rest easier.",
    "Every detail has its place.",
    "What counts in the end is that it serves the people who use it.",
    "Keep the aim in view and the path stays clear.",
    "Take one thing at a time.",
    "In short, {topic} rewards attention.",
)
"""Used only to reach a length that the prompt demands."""

TONES = {
    "friendly": "You will love",
    "playful": "Say hello to",
    "formal": "Please note in particular",
    "professional": "Key points are",
    "enthusiastic": "Get excited about",
    "casual": "You get",
    "serious": "It provides",
    "warm": "You will enjoy",
    "persuasive": "Do not miss",
    "humorous": "Say hello to",
}
"""Tone → how the things to mention are brought in."""

CLOSINGS = {
    "friendly": "We are glad to have you with us!",
    "playful": "Go on, give it a try!",
    "formal": "We remain at your disposal.",
    "enthusiastic": "We cannot wait to share it!",
}
