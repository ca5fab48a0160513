"""Texts without differences that mean nothing: width, invisible signs, outer spaces.

Full-width letters and digits become plain ones (NFKC). Letters that NFKC would turn into digits
although they are none (superscripts, subscripts, circled numbers, fractions) stay as they are:
10² is not 102, and asking is better than a wrong number.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

# signs that NFKC turns into digits, but for the full-width ones
NO_DIGITS = (
    "\u00b2\u00b3\u00b9\u00bc-\u00be\u2070\u2074-\u2079\u2080-\u2089\u2150-\u215f\u2189"
    "\u2460-\u249b\u24ea\u3251-\u325f\u32b1-\u32bf\u32c0-\u32cb\u3358-\u3370\u33e0-\u33fe"
    "\U0001d7ce-\U0001d7ff\U0001f100-\U0001f10a\U0001fbf0-\U0001fbf9"
)
INVISIBLE = "\u00ad\u200b-\u200f\u2060-\u2064\ufeff"
LIKE_DIGITS = re.compile(f"([{NO_DIGITS}]+)")
UNSEEN = re.compile(f"[{INVISIBLE}]")
# what a workbook shows in place of a result; `#FORMULA!` is ours, of one that was never calculated
NO_RESULT = "#FORMULA!"
ERROR = r"^#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|GETTING_DATA|SPILL!|CALC!|FIELD!|FORMULA!)$"
_ERROR = re.compile(ERROR, re.IGNORECASE)


def fold(texts: pa.Array) -> pa.Array:
    """Distinct `texts` folded (see above), without outer spaces."""
    import pyarrow as pa  # late: code lists are read at each parse of the workflow
    import pyarrow.compute as pc

    if pc.all(pc.string_is_ascii(texts)).as_py() is not False:
        return pc.utf8_trim_whitespace(texts)
    plain = pc.utf8_normalize(texts, form="NFKC")
    odd = pc.match_substring_regex(texts, f"[{INVISIBLE}{NO_DIGITS}]")
    if pc.any(odd).as_py():
        kept = pa.array(
            [plain_letters(text) for text in texts.filter(odd).to_pylist()], pa.string()
        )
        plain = pc.replace_with_mask(plain, odd, kept)
    return pc.utf8_trim_whitespace(plain)


def plain_letters(text: str) -> str:
    """One text folded; its spaces stay."""
    parts = LIKE_DIGITS.split(UNSEEN.sub("", text))  # every other one is a run of such signs
    return "".join(
        part if number % 2 else unicodedata.normalize("NFKC", part)
        for number, part in enumerate(parts)
    )


def fold_text(text: str) -> str:
    """`text` without differences of case, width and spacing."""
    return " ".join(plain_letters(text).casefold().split())


def has_other_digits(text: str) -> bool:
    """Whether a folded text holds digits, or what looks like one, other than 0 to 9."""
    return not text.isascii() and any(
        unicodedata.category(letter) in ("Nd", "No") for letter in text if not letter.isascii()
    )


def is_error(text: str) -> bool:
    """Whether a workbook shows this text in place of a result."""
    return bool(_ERROR.match(text.strip()))


def clean_header(text: str) -> str:
    """A column name as a person sees it: no invisible signs, single spaces."""
    return " ".join(UNSEEN.sub("", text).split())
