"""The tables of a larger extract: headers, formats and words as in the demonstration extract."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from scripts.demo.extract import words
from scripts.demo.extract.arrays import Dates, Numbers, concat, repeat, write_numbers, write_words
from scripts.demo.extract.blocks import Block
from scripts.demo.extract.courses import METASTASES
from scripts.demo.extract.rows import chinese, compact, slashed, ymd

YMD, SLASHED, COMPACT, CHINESE = Dates(ymd), Dates(slashed), Dates(compact), Dates(chinese)
REGIMENS = (
    ("durvalumab", "EP"), ("atezolizumab", "EP"), ("durvalumab", "EC"), ("atezolizumab", "EC"),
    ("EP",), ("tislelizumab", "EP"),
    ("serplulimab", "EP"), ("serplulimab", "nab-paclitaxel"), ("serplulimab", "anlotinib"),
    ("serplulimab", "EP", "anlotinib"), ("serplulimab",),
    ("EP",), ("EC",), ("nab-paclitaxel",), ("EP", "anlotinib"), ("irinotecan",),
    ("anlotinib",), ("toripalimab", "irinotecan"), ("topotecan",),
)  # fmt: skip
FIRST_SERPLULIMAB, FIRST_CHEMOTHERAPY, FIRST_OTHER = 6, 11, 16
RESPONSES = ("PR", "SD", "PD", "NE")
REASONS = ("secondary resistance", "primary resistance", "progression", "AE", "completed")
PURPOSES = ("thoracic", "palliative", "pci")


def _patients(block: Block, rng: np.random.Generator) -> list[pa.Array]:
    count = len(block.birth)
    given = [f"{a}{b}{c}" for a in words.SURNAMES for b in words.GIVEN for c in words.GIVEN]
    serial = rng.integers(0, 10**8, count)
    return [
        block.number,
        pa.array(given).take(pa.array(rng.integers(0, len(given), count))),
        pa.array([f"000000{number:012d}" for number in serial]),
        pa.array([f"100{number:08d}" for number in serial]),
        write_words(rng, words.SEX, ("male", "female"), np.where(block.male, 0, 1)),
        YMD.write(block.birth, rng.random(count) < 0.999),
        write_words(rng, words.SMOKING, ("yes", "no"), (rng.random(count) < 0.6).astype("int64")),
        pa.array([""] * count),
    ]


def _diagnoses(block: Block, rng: np.random.Generator) -> list[pa.Array]:
    other = rng.random(len(block.birth)) < 0.3
    owner, nth = repeat(1 + other.astype("int64"))
    size = len(owner)
    cancer = (rng.random(size) > 0.94).astype("int64")
    kind = np.where(nth == 1, 2, cancer)
    confirmed = rng.choice(3, size, p=(0.8, 0.15, 0.05))
    limited = kind == 1
    stage = write_words(rng, words.STAGE, ("IV", "III"), limited.astype("int64"))
    blank = pa.array(kind == 2)
    date = block.diagnosed[owner] - np.where(nth == 1, rng.integers(300, 3000, size), 0)
    codes = ("es_sclc", "ls_sclc", "other")
    return [
        block.ids(owner),
        write_words(rng, words.DIAGNOSIS, codes, kind),
        write_words(rng, words.ICD10, codes, kind),
        pa.compute.if_else(blank, "", stage),
        pa.compute.if_else(blank, "", pa.array(["T2N2M1c", "T2N2M0"]).take(pa.array(cancer))),
        write_words(rng, words.CONFIRMATION, ("histology", "cytology", "clinical"), confirmed),
        write_words(rng, words.HISTOLOGY, codes, kind),
        SLASHED.write(date),
    ]


def _treatments(block: Block, rng: np.random.Generator) -> list[pa.Array]:
    count = len(block.birth)
    third = block.has2 & block.event & (block.survival - block.pfs2 > 70)
    owner, nth = repeat(1 + block.has2.astype("int64") + third)
    size = len(owner)
    first = rng.choice(6, count, p=(0.4, 0.3, 0.12, 0.1, 0.05, 0.03))
    second = np.where(
        block.serplulimab,
        rng.integers(FIRST_SERPLULIMAB, FIRST_CHEMOTHERAPY, count),
        rng.integers(FIRST_CHEMOTHERAPY, len(REGIMENS), count),
    )
    later = rng.integers(FIRST_OTHER, len(REGIMENS), count)
    regimen = np.choose(nth, (first[owner], second[owner], later[owner]))
    third_start = block.start2 + block.pfs2 + 14
    start = np.choose(nth, (block.start1[owner], block.start2[owner], third_start[owner]))
    length = np.choose(nth, (block.pfs1[owner], block.pfs2[owner], np.full(size, 42)))
    reason = np.choose(nth, (rng.choice((0, 0, 0, 0, 1, 3), size), rng.choice((2, 2, 4), size),
                             np.full(size, 2)))  # fmt: skip
    written = {str(i): tuple(words.write_regimen(rng, parts) for _ in range(6))
               for i, parts in enumerate(REGIMENS)}  # fmt: skip
    return [
        block.ids(owner),
        write_numbers(nth + 1),
        write_words(rng, written, tuple(written), regimen),
        COMPACT.write(start),
        COMPACT.write(start + length, rng.random(size) < 0.98),
        write_words(rng, words.STOP_REASON, REASONS, reason),
        pa.array([f"{name}医生" for name in words.SURNAMES]).take(
            pa.array(rng.integers(0, len(words.SURNAMES), size))
        ),
    ]


def _radiotherapy(block: Block, rng: np.random.Generator) -> list[pa.Array]:
    count = len(block.birth)
    one, two = rng.random(count) < 0.5, block.has2 & (rng.random(count) < 0.1)
    owner = np.concatenate([np.flatnonzero(one), np.flatnonzero(two)])
    line = np.repeat([1, 2], [one.sum(), two.sum()])
    start = np.where(line == 1, block.start1[owner], block.start2[owner])
    start = start + rng.integers(-10, 20, len(owner))
    purpose = rng.integers(0, 3, len(owner))
    site = {p: tuple(pair[0] for pair in words.RADIOTHERAPY[p]) for p in PURPOSES}
    text = {p: tuple(pair[1] for pair in words.RADIOTHERAPY[p]) for p in PURPOSES}
    return [
        block.ids(owner),
        write_numbers(line),
        write_words(rng, site, PURPOSES, purpose),
        write_words(rng, text, PURPOSES, purpose),
        CHINESE.write(start),
        CHINESE.write(start + rng.integers(10, 19, len(owner))),
        pa.array(["45", "30", "25"]).take(pa.array(purpose)),
        pa.array(["15", "10", "10"]).take(pa.array(purpose)),
    ]


def _assessments(block: Block, rng: np.random.Generator) -> list[pa.Array]:
    always = np.ones(len(block.birth), dtype=bool)
    blocks = [
        _assess(block, rng, 1, block.start1, block.pfs1, always, always),
        _assess(block, rng, 2, block.start2, block.pfs2, block.has2, block.event),
    ]
    return [concat(*columns) for columns in zip(*blocks, strict=True)]


def _assess(block: Block, rng: np.random.Generator, line: int, start: Numbers, length: Numbers,
            having: Numbers, event: Numbers) -> list[pa.Array]:  # fmt: skip
    """Assessments of one line every 50 days, the last on the day of progression or censoring."""
    visits = np.clip((length - 5) // 50, 0, 8)
    owner, nth = repeat(np.where(having, visits + 1, 0))
    size = len(owner)
    last = nth == visits[owner]
    day = np.where(last, length[owner], 40 + 50 * nth + rng.integers(0, 9, size))
    responder = (rng.random(len(start)) < 0.48)[owner]
    response = np.where(responder & (nth > 0), 0, 1)
    response = np.where(~last & (rng.random(size) < 0.03), 3, response)
    response = np.where(last & event[owner], 2, response)
    texts = [words.write_sites(rng, (METASTASES[i % 5], ("primary", "bone")[i % 2]))
             for i in range(40)]  # fmt: skip
    sites = pa.array(texts).take(pa.array(rng.integers(0, 40, size)))
    return [
        block.ids(owner),
        pa.array([str(line)] * size),
        YMD.write(start[owner] + day),
        pa.array(["scheduled", "计划外"]).take(pa.array((rng.random(size) < 0.1).astype("int64"))),
        write_words(rng, words.RESPONSE, RESPONSES, response),
        pa.compute.if_else(pa.array(response == 2), sites, ""),
        pa.array([""] * size),
    ]


def _performance_status(block: Block, rng: np.random.Generator) -> list[pa.Array]:
    owner, nth = repeat(np.where(block.has2, 3, 1))
    dates = (block.diagnosed + 2, block.start2 - 1, block.start2 + block.pfs2)
    return [
        block.ids(owner),
        YMD.write(np.choose(nth, [date[owner] for date in dates])),
        write_numbers(10 * rng.choice((7, 8, 8, 8, 9, 9, 9), len(owner)) - 10 * (nth == 2)),
        write_numbers(rng.integers(0, 2, len(owner)) + (nth == 2)),
    ]


def _adverse_events(block: Block, rng: np.random.Generator) -> list[pa.Array]:
    count = len(block.birth)
    before, after = rng.poisson(0.6, count), np.where(block.has2, rng.poisson(2.2, count), 0)
    owner = np.concatenate([repeat(before)[0], repeat(after)[0]])
    line = np.repeat([1, 2], [before.sum(), after.sum()])
    size = len(owner)
    start = np.where(line == 1, block.start1[owner], block.start2[owner])
    onset = start + 1 + (rng.random(size) * np.minimum(block.pfs2[owner], 150)).astype("int64")
    terms = tuple(words.AE_TERMS)
    term = rng.integers(0, len(terms), size)
    immune = term == terms.index("immune_pneumonia")
    steroid = immune & (rng.random(size) < 0.85)
    return [
        block.ids(owner),
        write_numbers(line),
        write_words(rng, words.AE_TERMS, terms, term),
        write_numbers(rng.choice((1, 1, 1, 2, 2, 2, 3, 3, 4), size)),
        YMD.write(onset),
        SLASHED.write(onset + rng.integers(3, 15, size), rng.random(size) < 0.8),
        write_words(rng, words.YES_NO, ("no", "yes"), immune.astype("int64")),
        write_words(rng, words.YES_NO, ("no", "yes"), steroid.astype("int64")),
    ]


def _followup(block: Block, rng: np.random.Generator) -> list[pa.Array]:
    contacts = np.clip(block.survival // 90, 1, 8)
    owner, nth = repeat(contacts)
    last = nth == contacts[owner] - 1
    share = (nth + 1) / contacts[owner]
    date = block.start2[owner] + (block.survival[owner] * share).astype("int64")
    dead = last & block.dead[owner]
    return [
        block.ids(owner),
        YMD.write(date),
        pa.array(list(words.METHODS)).take(pa.array(rng.integers(0, 4, len(owner)))),
        write_words(rng, words.VITAL_STATUS, ("alive", "dead"), dead.astype("int64")),
        YMD.write(date, dead),
        pa.array([""] * len(owner)),
    ]


TABLES = {
    "patients": _patients,
    "diagnoses": _diagnoses,
    "treatments": _treatments,
    "radiotherapy": _radiotherapy,
    "assessments": _assessments,
    "performance_status": _performance_status,
    "adverse_events": _adverse_events,
    "followup": _followup,
}
