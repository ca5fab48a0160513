"""Generate the raw extract of `examples/nsclc_osimertinib`: synthetic, as a Chinese hospital's EMR.

    python -m scripts.demo.generate_example [FOLDER]

Every patient is invented. What was planned for each (excluded for which criterion, arm, events) is
known here, so that the tests compare the study's results with the plan and not with themselves.
The words and date forms are those that exports bring: GB18030 text, a title above the header and a
remark below, `2021年3月5日`, `2021.3.5`, Excel serial numbers, full-width digits, lost zeros.
"""

import argparse
import csv
import datetime as dt
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import xlsxwriter

SEED = 20231231
DELIVERY = Path("examples/nsclc_osimertinib/data/raw/2024-01")
CUTOFF = dt.date(2023, 12, 31)
ARMS = {  # patients, median months to the stop of the drug, months from there to death
    "osimertinib": (38, 18.0, 15.0),
    "afatinib": (27, 12.0, 13.0),
    "gefitinib": (33, 9.5, 12.0),
}
EXCLUDED = {"adult": 1, "stage": 5, "mutation": 7, "first_line": 4, "period": 3, "followed": 2}
DRUGS = {
    "osimertinib": ["甲磺酸奥希替尼片 80mg qd", "奥希替尼", "泰瑞沙80mg"],
    "afatinib": ["马来酸阿法替尼片 40mg qd", "阿法替尼"],
    "gefitinib": ["吉非替尼片 250mg qd", "易瑞沙", "吉非替尼"],
}
EVENTS = {  # adverse event: probability by arm in the order of ARMS
    "皮疹": (0.35, 0.7, 0.5),
    "腹泻": (0.3, 0.75, 0.35),
    "甲沟炎": (0.2, 0.45, 0.15),
    "口腔炎": (0.15, 0.4, 0.1),
    "肝功能异常": (0.1, 0.1, 0.35),
    "间质性肺炎": (0.05, 0.02, 0.04),
}
SITES = ["脑", "骨", "肝", "肺", "胸膜"]
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")  # noqa: RUF001
TITLE = "肺癌靶向治疗登记表（合成数据）"  # noqa: RUF001
REMARK = "备注：本表为合成数据，不含任何真实患者"  # noqa: RUF001
Rows = list[list[Any]]


@dataclass
class Patient:
    """One invented patient; `excluded` is the criterion that leaves the patient out, if any."""

    number: int
    arm: str
    excluded: str
    start: dt.date
    diagnosis: dt.date
    birth: dt.date
    sex: str
    smoking: str
    ecog: int | None
    brain: bool
    mutation: str
    stopped: dt.date | None
    died: dt.date | None
    last: dt.date
    response: str
    effects: list[str] = field(default_factory=list)

    @property
    def hospital_number(self) -> str:
        """The hospital's number: ten digits."""
        return f"{20190000 + 37 * self.number:010d}"

    @property
    def ends(self) -> dt.date:
        """Last day under the drug that is known of."""
        return self.stopped or self.died or self.last


def days(count: float) -> dt.timedelta:
    """A number of days, rounded."""
    return dt.timedelta(days=round(count))


def plan(rng: np.random.Generator) -> list[Patient]:
    """Every screened patient, in a random order of numbers."""
    fates = [(arm, "") for arm, (n, *_) in ARMS.items() for _ in range(n)]
    names = list(ARMS)
    fates += [
        (names[i % 3], reason)
        for i, reason in enumerate(r for reason, n in EXCLUDED.items() for r in [reason] * n)
    ]
    order = rng.permutation(len(fates))
    return [make_patient(rng, place + 1, *fates[int(i)]) for place, i in enumerate(order)]


def make_patient(rng: np.random.Generator, number: int, arm: str, excluded: str) -> Patient:
    """One patient with the planned fate."""
    start = dt.date(2019, 1, 5) + days(rng.uniform(0, 1250))
    if excluded == "period":
        start = dt.date(2017, 6, 1) + days(rng.uniform(0, 400))
    age = rng.uniform(15, 17) if excluded == "adult" else float(np.clip(rng.normal(62, 9), 31, 84))
    ecog = int(rng.choice([0, 1, 1, 2]))
    _, to_stop, to_death = ARMS[arm]
    worse = 1 + 0.35 * (ecog == 2)
    stop = start + days(20 + 30.4 * to_stop / np.log(2) * rng.exponential() / worse)
    death = stop + days(30 + 30.4 * to_death / np.log(2) * rng.exponential() / worse)
    if number % 17 == 0:  # dies under the drug: no stop recorded
        stop, death = death, stop
    last = CUTOFF - days(rng.uniform(1, 80))
    diagnosis = start - days(rng.uniform(8, 40))
    return Patient(
        number=number,
        arm=arm,
        excluded=excluded,
        start=start,
        diagnosis=diagnosis,
        birth=diagnosis - days(365.25 * age),
        sex=str(rng.choice(["男", "女"], p=[0.4, 0.6])),
        smoking=str(rng.choice(["从不", "已戒烟", "吸烟"], p=[0.6, 0.25, 0.15])),
        ecog=None if number % 23 == 0 else ecog,
        brain=bool(rng.random() < 0.35),
        mutation=str(rng.choice(["19外显子缺失", "19del", "21外显子L858R", "L858R", "G719X"])),
        stopped=stop if stop < min(last, death) else None,
        died=death if death < last else None,
        last=min(last, death),
        response=str(rng.choice(["CR", "PR", "SD", "PD"], p=[0.05, 0.6, 0.25, 0.1])),
        effects=_effects(rng, arm),
    )


def _effects(rng: np.random.Generator, arm: str) -> list[str]:
    place = list(ARMS).index(arm)
    return [term for term, chances in EVENTS.items() if rng.random() < chances[place]]


def truth(patients: Sequence[Patient]) -> dict[str, Any]:
    """What the study must find: screened, excluded by criterion, included and events by arm."""
    kept = [p for p in patients if not p.excluded]

    def by_arm(holds: Callable[[Patient], object]) -> dict[str, int]:
        return {arm: sum(p.arm == arm and bool(holds(p)) for p in kept) for arm in ARMS}

    return {
        "screened": len(patients),
        "excluded": dict(EXCLUDED),
        "included": by_arm(lambda p: True),
        "ttd": by_arm(lambda p: p.stopped or p.died),
        "os": by_arm(lambda p: p.died),
        "rash": by_arm(lambda p: "皮疹" in p.effects),
    }


# ---- how the hospital writes ---------------------------------------------------------------------


def chinese(date: dt.date | None) -> str:
    """`2021年3月5日`, or nothing."""
    return f"{date.year}年{date.month}月{date.day}日" if date else ""


def dotted(date: dt.date, sign: str = ".") -> str:
    """`2021.3.5`, or with another sign."""
    return sign.join(map(str, (date.year, date.month, date.day)))


def serial(date: dt.date) -> int:
    """The day as Excel counts it."""
    return (date - dt.date(1899, 12, 30)).days


# ---- tables --------------------------------------------------------------------------------------


def registered(patients: Sequence[Patient]) -> Rows:
    """Register of patients; some digits are full-width."""
    rows: Rows = [["住院号", "姓名", "身份证号", "性别", "出生日期", "吸烟史"]]
    for p in patients:
        born = chinese(p.birth)
        identity = f"000000{p.birth:%Y%m%d}{p.number:04d}"
        number = p.hospital_number
        if p.number % 9 == 0:
            number, born = number.translate(FULL_WIDTH), born.translate(FULL_WIDTH)
        rows.append([number, f"测试{p.number:03d}", identity, p.sex, born, p.smoking])
    return rows


def diagnosed(patients: Sequence[Patient]) -> Rows:
    """Diagnoses: dates as Excel's serial numbers, patient numbers without their zeros."""
    rows: Rows = [["住院号", "诊断日期", "诊断", "临床分期", "确诊方式", "转移部位"]]
    for p in patients:
        stage = "IIIA期" if p.excluded == "stage" else ["IVA期", "IVB期", "IIIB期"][p.number % 3]
        sites = "、".join(["脑"] * p.brain + [["骨"], ["胸膜", "肺"], []][p.number % 3])
        cell = [int(p.hospital_number), serial(p.diagnosis), "非小细胞肺癌（腺癌）", stage]  # noqa: RUF001
        rows.append([*cell, ["病理", "细胞学"][p.number % 5 == 0], sites or "无"])
        if p.number % 6 == 0:
            rows.append([cell[0], serial(p.diagnosis) - 900, "高血压病", "", "", ""])
    return rows


def gene_tested(patients: Sequence[Patient]) -> Rows:
    """Gene tests, true dates; of those excluded for it some are wild type and some have no test."""
    rows: Rows = [["住院号", "检测日期", "EGFR检测结果", "标本"]]
    for p in patients:
        if p.excluded == "mutation" and p.number % 2:
            continue
        result = "EGFR野生型" if p.excluded == "mutation" else f"检出{p.mutation}突变"
        tested = p.diagnosis + days(3 + p.number % 4)
        rows.append([p.hospital_number, tested, result, ["组织", "血浆"][p.number % 4 == 0]])
    return rows


def treated(patients: Sequence[Patient]) -> Rows:
    """Lines of treatment; the number of the line is full-width."""
    rows: Rows = [["住院号", "治疗线数", "方案", "开始日期", "停药日期", "停药原因", "主管医师"]]
    for p in patients:
        names = DRUGS[p.arm]
        drugs = "培美曲塞+卡铂" if p.excluded == "first_line" else names[p.number % len(names)]
        why = ["疾病进展", "疾病进展", "疾病进展", "不良反应", "患者要求"][p.number % 5]
        dates = [chinese(p.start), chinese(p.stopped)]
        rows.append([p.hospital_number, "１", drugs, *dates, why if p.stopped else "", "测试医师"])
        if p.stopped and why == "疾病进展" and p.last > p.stopped + days(20):
            later = chinese(p.stopped + days(14))
            rows.append([p.hospital_number, "２", "培美曲塞+卡铂", later, "", "", "测试医师"])
    rows.append(list(rows[5]))  # exported twice
    return rows


def assessed(patients: Sequence[Patient]) -> Rows:
    """Tumour assessments about every nine weeks under the drug."""
    rows: Rows = [["住院号", "检查日期", "治疗线数", "疗效评价", "进展部位"]]
    words = {"CR": "完全缓解", "PR": "部分缓解", "SD": "疾病稳定", "PD": "疾病进展"}
    for p in patients:
        at = p.start + days(49 + p.number % 20)
        while at < p.ends and p.response != "PD":
            rows.append([p.hospital_number, dotted(at), "1", words[p.response], ""])
            at += days(60 + p.number % 9)
        if p.stopped and p.number % 5 < 3 and p.stopped > p.start:
            where = "、".join(dict.fromkeys([SITES[p.number % 5], SITES[p.number % 3]]))
            rows.append([p.hospital_number, dotted(p.stopped), "1", "疾病进展", where])
    return rows


def performing(patients: Sequence[Patient]) -> Rows:
    """Performance status and weight: numbers such as 20210305, kilograms or Chinese pounds."""
    rows: Rows = [["住院号", "记录日期", "ECOG评分", "体重"]]
    for p in patients:
        seen = p.start - days(1 + p.number % 6)
        kilograms = 48 + (p.number * 7) % 31 + 6 * (p.sex == "男")
        weight = f"{2 * kilograms}斤" if p.number % 4 == 0 else f"{kilograms}kg"
        rows.append([p.hospital_number, int(f"{seen:%Y%m%d}"), p.ecog, weight])
    return rows


def suffered(patients: Sequence[Patient]) -> Rows:
    """Adverse events of the first line."""
    rows: Rows = [["住院号", "不良反应", "分级", "发生日期", "治疗线数"]]
    for p in patients:
        for place, term in enumerate(p.effects):
            grade = "3级" if (p.number + place) % 7 == 0 else f"{1 + (p.number + place) % 2}级"
            onset = p.start + days(5 + place)
            rows.append([p.hospital_number, term, grade, dotted(onset, "/"), "1"])
    return rows


def followed(patients: Sequence[Patient]) -> dict[str, Rows]:
    """Contacts, a sheet a year half of the patients; whether the drug is still taken."""
    head = ["住院号", "随访日期", "生存状态", "死亡日期", "仍在服药"]
    sheets: dict[str, Rows] = {"一病区": [head], "二病区": [head]}
    for p in patients:
        rows = sheets["一病区" if p.number % 2 else "二病区"]
        if p.excluded == "followed":
            rows.append([p.hospital_number, p.start + days(9), "失访", "", ""])
            continue
        at = p.start + days(80)
        while at < p.last:
            rows.append([p.hospital_number, at, "存活", "", "是" if at < p.ends else "否"])
            at += days(170)
        if p.died:
            rows.append([p.hospital_number, p.died, "死亡", chinese(p.died), "否"])
        else:
            rows.append([p.hospital_number, p.last, "存活", "", "否" if p.stopped else "是"])
    return sheets


# ---- files ---------------------------------------------------------------------------------------


def text_file(rows: Rows) -> bytes:
    """GB18030 CSV with a title above the header and a remark below."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([[TITLE], *rows, [REMARK]])
    return out.getvalue().encode("gb18030")


def workbook(sheets: dict[str, Rows]) -> bytes:
    """Workbook whose sheets have a title above the header and a remark below; no clock in it."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"created": dt.datetime(2024, 1, 1)})
    dated = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate([[TITLE], *rows, [REMARK]]):
            for column, value in enumerate(row):
                if isinstance(value, dt.date):
                    sheet.write_datetime(number, column, value, dated)  # type: ignore[arg-type]
                else:
                    sheet.write(number, column, value)
    book.close()
    return out.getvalue()


def make_files(patients: Sequence[Patient]) -> dict[str, bytes]:
    """The raw files by name."""
    return {
        "患者登记.csv": text_file(registered(patients)),
        "诊断.xlsx": workbook({"诊断": diagnosed(patients)}),
        "基因检测.xlsx": workbook({"EGFR": gene_tested(patients)}),
        "治疗.csv": text_file(treated(patients)),
        "疗效评价.csv": text_file(assessed(patients)),
        "体能状态.xlsx": workbook({"体能": performing(patients)}),
        "不良反应.csv": text_file(suffered(patients)),
        "随访.xlsx": workbook(followed(patients)),
    }


def planned() -> list[Patient]:
    """The patients of the example study."""
    return plan(np.random.default_rng(SEED))


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the extract."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, default=DELIVERY)
    folder = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in make_files(planned()).items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
