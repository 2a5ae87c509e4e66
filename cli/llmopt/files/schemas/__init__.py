"""The shapes of the files that users write, for checking and for editors."""

from llmopt.files.schemas.config import ConfigFile
from llmopt.files.schemas.documents import json_schema
from llmopt.files.schemas.prompt import PromptFile
from llmopt.files.schemas.testcases import TestcasesFile

__all__ = ["ConfigFile", "PromptFile", "TestcasesFile", "json_schema"]
