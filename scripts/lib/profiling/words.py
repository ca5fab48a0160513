"""Words that the profile knows: column and file names, code words, surnames (CSV beside this)."""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
FILE_WORDS = "(file)"  # column_names.csv: words of a file's or sheet's name
UNITS = re.compile(r"[(\[（【].*?[)\]）】]")
# what means missing in exports of hospital systems; not `none` or 无, which often mean no
MISSING = (
    "NA", "N/A", "n.a.", "NaN", "NULL", "-", "--", "---", "/", "\\", ".", "?", "*",
    "unknown", "not known", "not available", "missing", "未知", "不详", "未查", "未测", "缺失",
    "k.A.", "k. A.", "unbekannt",
)  # fmt: skip
SURNAMES = set(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕"
    "丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武"
    "戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯褚"
)


@dataclass(frozen=True)
class Known:
    """A canonical column, or a kind of identifying column (`table` = drop or identifier)."""

    table: str
    column: str
    type: str
    weight: int
    pattern: re.Pattern[str]

    def fits(self, name: str) -> float:
        """1 where the whole name says so, less where a part does, 0 where nothing does."""
        best = 0.0
        for text in {fold_name(name), fold_name(UNITS.sub(" ", name))} - {""}:
            if self.pattern.fullmatch(text):
                return 1.0
            if self.pattern.search(text):
                best = 0.6
        return best


def fold_name(name: str) -> str:
    """A column name without case, width and punctuation: `startDate` and `START_DT` agree."""
    text = unicodedata.normalize("NFKC", name)
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).casefold()
    return re.sub(r"\bdt\b", "date", " ".join(re.sub(r"[\W_]+", " ", text).split()))


@cache
def known_columns() -> tuple[Known, ...]:
    """column_names.csv."""
    with (HERE / "column_names.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(
        Known(r["table"], r["column"], r["type"], int(r["weight"]), _pattern(r)) for r in rows
    )


def _pattern(row: dict[str, str]) -> re.Pattern[str]:
    spaced = (row[language] for language in ("english", "german"))
    words = [rf"(?<![a-zäöüß])(?:{known})(?![a-zäöüß])" for known in spaced if known]
    return re.compile("|".join(filter(None, (*words, row["chinese"]))))


@cache
def code_words() -> dict[str, tuple[tuple[str, re.Pattern[str]], ...]]:
    """code_words.csv: canonical column -> (value, words)."""
    found: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    with (HERE / "code_words.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["column"], []).append((row["value"], re.compile(row["words"])))
    return {column: tuple(words) for column, words in found.items()}


def suggest(column: str, word: str) -> str:
    """The code that a word most likely stands for; '' where nothing is known."""
    folded = unicodedata.normalize("NFKC", word).casefold().strip()
    words = code_words().get(column, ())
    return next((value for value, pattern in words if pattern.fullmatch(folded)), "")
