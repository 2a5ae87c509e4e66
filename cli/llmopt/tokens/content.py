"""What kind of text a text is: how far tokenizers disagree depends on it."""

from __future__ import annotations

import re
from typing import Literal

ContentClass = Literal["english", "european", "code", "cjk", "other"]

# A class is decided by the text's beginning: enough to tell, and long texts cost no more.
_LOOKED_AT = 4_000

_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
_ACCENTED = re.compile("[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff]")
_LETTER_BEYOND = re.compile("[\u0370-\u1dff\u1f00-\u1fff\u2c00-\u2dff\ua640-\uabff\ufb1d-\ufdff]")
_CODE = re.compile(r"[{}\[\]<>=_;/\\|&*+#@$%^~`\"]|  ")


def content_class(text: str) -> ContentClass:
    """Tell the class of a text by the share of its characters that only that class has.

    `european` is Latin script with accents, `other` any further script (Cyrillic,
    Arabic, Devanagari, ...), `code` programs, markup and data. A text without a
    sign of anything else is `english`, accent-free prose of other languages too.
    """
    head = text[:_LOOKED_AT]
    size = len(head)
    if not head.isascii():
        if len(_CJK.findall(head)) > 0.2 * size:
            return "cjk"
        if len(_LETTER_BEYOND.findall(head)) > 0.2 * size:
            return "other"
    if len(_CODE.findall(head)) > 0.06 * size:
        return "code"
    if not head.isascii() and len(_ACCENTED.findall(head)) > 0.005 * size:
        return "european"
    return "english"
