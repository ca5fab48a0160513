"""Free texts: which codes count, which are negated, which pieces nothing explains."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.lib.reading.coded import Coded, Listed, read_cell
from scripts.lib.reading.codelists import CodeList, read_codelist

HEAD = "raw,value,match\n"
DRUGS = """serplulimab|斯鲁利单抗,serplulimab,regex
etoposide|依托泊苷|(?<![a-z])ep(?![a-z]),etoposide,regex
cisplatin|顺铂|(?<![a-z])ep(?![a-z]),cisplatin,regex
carboplatin|卡铂,carboplatin,regex
"""
SITES = """brain|脑,brain,regex
liver|hepatic|肝,liver,regex
bone|骨,bone,regex
"""
DIAGNOSES = """nsclc|非小细胞,nsclc,regex
extensive|广泛期,es_sclc,regex
sclc|小细胞肺癌,,filler
"""


def listed(folder: Path, rows: str, *, several: bool = True, name: str = "list") -> Listed:
    path = folder / f"{name}.csv"
    path.write_text(HEAD + rows, encoding="utf-8")
    return Listed(read_codelist(path), several)


def read(folder: Path, rows: str, text: str, *, several: bool = True) -> Coded:
    return read_cell(text, [listed(folder, rows, several=several)])[0]


@pytest.mark.parametrize(
    ("text", "code", "negated"),
    [
        # before the code
        ("无脑转移", None, "brain"),
        ("无脑转移；肝转移", "liver", "brain"),
        ("无脑转移。肝转移", "liver", "brain"),
        ("无脑转移\n肝转移", "liver", "brain"),
        ("肝转移，无脑转移", "liver", "brain"),
        ("无脑转移，有肝转移", "liver", "brain"),
        ("无脑、肝转移", None, "brain;liver"),
        ("无脑/肝转移", None, "brain;liver"),
        ("无脑及肝转移，骨转移", "bone", "brain;liver"),
        ("否认脑转移，肝转移", None, "brain;liver"),
        ("未见脑转移", None, "brain"),
        ("未见明确脑转移，肝转移灶较前增大", "liver", "brain"),
        ("已排除脑转移", None, "brain"),
        ("可疑脑转移", None, "brain"),
        ("不除外脑转移", None, "brain"),
        ("考虑脑转移可能", None, "brain"),
        ("非脑转移", None, "brain"),
        ("除肝转移外，未见脑转移", "liver", "brain"),
        ("父亲肝癌，脑转移", "brain", "liver"),
        ("no brain metastasis", None, "brain"),
        ("no brain or liver metastasis", None, "brain;liver"),
        ("no brain, liver or bone metastases", None, "bone;brain;liver"),
        ("neither brain nor liver", None, "brain;liver"),
        ("zero brain metastases", None, "brain"),
        ("NED in brain; liver", "liver", "brain"),
        ("progression outside brain", None, "brain"),
        ("ruled-out brain metastasis", None, "brain"),
        ("是否脑转移", None, "brain"),
        ("brain MRI normal", None, "brain"),
        ("brain MRI: clear; liver metastasis", "liver", "brain"),
        ("brain normal liver metastasis", None, "brain;liver"),
        ("脑MRI正常；肝转移", "liver", "brain"),
        ("脑不正常", "brain", ""),
        ("No evidence of brain metastasis. Liver metastasis.", "liver", "brain"),
        ("no brain metastasis but liver metastasis", "liver", "brain"),
        ("no metastasis except liver", "liver", ""),
        ("without brain metastasis; liver", "liver", "brain"),
        ("denies brain, liver", None, "brain;liver"),
        ("no metastasis (brain, liver)", None, "brain;liver"),
        ("? liver", None, "liver"),
        ("suspected liver metastasis, bone", "bone", "liver"),
        ("cannot exclude brain metastasis", None, "brain"),
        ("family history of liver disease; bone", "bone", "liver"),
        ("non-brain", None, "brain"),
        # behind the code
        ("脑转移：无", None, "brain"),
        ("脑转移无，肝转移有", "liver", "brain"),
        ("脑转移 无 肝转移 有", "liver", "brain"),
        ("脑转移（-），肝转移（+）", "liver", "brain"),
        ("脑转移已排除", None, "brain"),
        ("脑、肝转移均未见", None, "brain;liver"),
        ("肝转移待排", None, "liver"),
        ("肝转移？骨转移", "bone", "liver"),
        ("脑部未见转移", None, "brain"),
        ("brain metastasis: none", None, "brain"),
        ("brain, liver: none", None, "brain;liver"),
        ("liver: yes, brain: none", "liver", "brain"),
        ("brain metastasis ruled out", None, "brain"),
        ("brain metastasis was not seen; bone", "bone", "brain"),
        ("liver, brain not involved", "liver", "brain"),
        ("brain and liver not involved", None, "brain;liver"),
        ("brain (negative), bone", "bone", "brain"),
        ("brain metastasis - none", None, "brain"),
        ("liver?", None, "liver"),
        ("brain -ve, liver +ve", "liver", "brain"),
        ("brain: -", None, "brain"),
        ("brain: N; liver: Y", "liver", "brain"),
        ("brain=0; liver=1", "liver", "brain"),
        ("脑转移 0 肝转移 1", "liver", "brain"),
        ("脑（×），肝（√）", "liver", "brain"),
        ("脑转移：否；肝转移：是", "liver", "brain"),
        ("liver 10 mm, 0.5 cm", "liver", ""),
        # a prefix that turns the word round
        ("extrahepatic; nonbrain; extra-hepatic", None, "brain;liver"),
        ("intrahepatic", "liver", ""),
        # counted all the same
        ("肝转移，无其他转移", "liver", ""),
        ("肝转移，无症状", "liver", ""),
        ("肝转移较前未见增大", "liver", ""),
        ("liver, asymptomatic", "liver", ""),
        ("liver metastasis, no other lesions", "liver", ""),
        ("new liver lesion in May 2023", "liver", ""),
        ("肝转移；无肝转移", "liver", ""),
    ],
)
def test_a_denied_or_doubtful_site_does_not_count_and_the_others_do(
    tmp_path: Path, text: str, code: str | None, negated: str
) -> None:
    found = read(tmp_path, SITES, text)
    assert (found.code, found.rule, found.negated) == (code, None, negated)


@pytest.mark.parametrize(
    ("text", "code", "negated"),
    [
        ("依托泊苷+卡铂（拒绝斯鲁利单抗，经济原因）", "carboplatin;etoposide", "serplulimab"),
        ("依托泊苷+卡铂拒绝斯鲁利单抗", "carboplatin;etoposide", "serplulimab"),
        ("EP，患者因经济原因拒绝斯鲁利单抗", "cisplatin;etoposide", "serplulimab"),
        ("拟行斯鲁利单抗", None, "serplulimab"),
        ("EP，计划下周期加用斯鲁利单抗", "cisplatin;etoposide", "serplulimab"),
        ("斯鲁利单抗（计划）", None, "serplulimab"),
        ("（拟）斯鲁利单抗", None, "serplulimab"),
        ("EP，未用斯鲁利单抗", "cisplatin;etoposide", "serplulimab"),
        ("停用斯鲁利单抗，改用EP", "cisplatin;etoposide", "serplulimab"),
        ("斯鲁利单抗，拒绝", None, "serplulimab"),
        ("refused serplulimab", None, "serplulimab"),
        ("serplulimab refused", None, "serplulimab"),
        ("serplulimab (refused because of cost) + EP", "cisplatin;etoposide", "serplulimab"),
        ("EP + serplulimab (planned)", "cisplatin;etoposide", "serplulimab"),
        ("EP + serplulimab not given", "cisplatin;etoposide", "serplulimab"),
        ("EP; serplulimab was not given", "cisplatin;etoposide", "serplulimab"),
        ("EP; planned: serplulimab", "cisplatin;etoposide", "serplulimab"),
        ("EP instead of serplulimab", "cisplatin;etoposide", "serplulimab"),
        ("serplulimab stopped before cycle 1; EP", "cisplatin;etoposide", "serplulimab"),
        ("serplulimab, but refused", None, "serplulimab"),
        ("serplulimab refused EP", None, "cisplatin;etoposide;serplulimab"),
        ("斯鲁利单抗（未用）", None, "serplulimab"),
        ("斯鲁利单抗取消，EP", "cisplatin;etoposide", "serplulimab"),
        ("待斯鲁利单抗", None, "serplulimab"),
        ("停斯鲁利单抗", None, "serplulimab"),
        ("斯鲁利单抗：否", None, "serplulimab"),
        ("斯鲁利单抗或安慰剂", None, "serplulimab"),
        ("serplulimab or placebo + EP", "cisplatin;etoposide", "serplulimab"),
        ("EP ± serplulimab", "cisplatin;etoposide", "serplulimab"),
        ("serplulimab x0, EP x4", "cisplatin;etoposide", "serplulimab"),
        ("serplulimab 0 mg", None, "serplulimab"),
        ("serplulimab 0.5 mg/kg", "serplulimab", ""),
        ("serplulimab cancelled", None, "serplulimab"),
        ("serplulimab held; EP", "cisplatin;etoposide", "serplulimab"),
        ("serplulimab offered", None, "serplulimab"),
        ("EP; contraindicated for serplulimab", "cisplatin;etoposide", "serplulimab"),
        ("serplulimab-naive; EP", "cisplatin;etoposide", "serplulimab"),
        ("serplulimab + normal saline 100 ml", "serplulimab", ""),
        ("serplulimab, cycle 3 held; EP held at cycle 2", "cisplatin;etoposide;serplulimab", ""),
        ("斯鲁利单抗 正常给药", "serplulimab", ""),
        ("斯鲁利单抗 2周期后停药", "serplulimab", ""),
        ("serplulimab 100mg-; EP", "cisplatin;etoposide", "serplulimab"),
        ("serplulimab 100mg-200mg", "serplulimab", ""),
        ("serplulimab 100mg - EP", "cisplatin;etoposide;serplulimab", ""),
        ("serplulimab 4.5mg/kg d1 q3w + EP x 4 cycles, as planned",
         "cisplatin;etoposide;serplulimab", ""),
    ],
)  # fmt: skip
def test_a_refused_planned_or_stopped_drug_does_not_count(
    tmp_path: Path, text: str, code: str | None, negated: str
) -> None:
    found = read(tmp_path, DRUGS, text)
    assert (found.code, found.rule, found.negated) == (code, None, negated)
    assert found.unexplained == ()


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("卡瑞利珠单抗+依托泊苷+顺铂", ("卡瑞利珠单抗",)),
        ("卡瑞利珠单抗200mg d1+依托泊苷 100mg/m2 d1-3+顺铂 q21d", ("卡瑞利珠单抗",)),
        ("camrelizumab 200 mg q3w + EP", ("camrelizumab",)),
        ("EP (camrelizumab)", ("camrelizumab",)),
        ("EP camrelizumab", ("camrelizumab",)),
        ("EP PD-1", ("pd-1",)),
        ("EP联合贝伐珠单抗、恩度", ("贝伐珠单抗", "恩度")),
        ("EP，患者拒绝卡瑞利珠单抗", ("拒绝卡瑞利珠单抗",)),
        ("serplulimab + chemotherapy", ("chemotherapy",)),
        ("EP ± Y", ("± y",)),
        ("EP without camrelizumab", ("without camrelizumab",)),
        ("EP，既往斯鲁利单抗", ("既往",)),  # given before, or in this line?
        ("斯鲁利单抗后EP", ("后",)),
        ("甲磺酸EP片 80mg 口服 每日2次 第3周期 二线", ()),
        ("Etoposide 100mg/m² d1–3 + cisplatin 75 mg/m2 d1, 21 days, 4 cycles, AUC=5, i.v.", ()),
        ("EP 2023年5月, 12 May 2023, 2023-05-12", ()),
        ("EP x4", ()),
        ("依托泊苷联合顺铂化疗", ("化疗",)),
    ],
)
def test_each_piece_that_nothing_explains_is_named(
    tmp_path: Path, text: str, pieces: tuple[str, ...]
) -> None:
    assert read(tmp_path, DRUGS, text).unexplained == pieces


@pytest.mark.parametrize("text", ["etoposide + ????? 100mg", "????; etoposide 100mg"])
def test_a_piece_of_question_marks_is_a_name_that_an_export_lost(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, DRUGS, text)
    assert found.code and "etoposide" in found.code and not found.negated
    assert ["?" in piece for piece in found.unexplained] == [True]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("除肝外", ("除", "外")),
        ("除脑; 骨外", ("除", "外")),
        ("all but liver", ("all but",)),
        ("bone, except liver", ("except",)),
        ("other than brain", ("other than",)),
        ("no metastasis except liver", ()),  # denied, and so the liver is what counts
        ("除肝外无转移", ()),
        ("liver but bone", ()),
    ],
)
def test_what_is_taken_out_where_nothing_is_denied_is_asked_about(
    tmp_path: Path, text: str, pieces: tuple[str, ...]
) -> None:
    assert read(tmp_path, SITES, text).unexplained == pieces


def test_an_entry_that_holds_a_negating_word_negates_nothing(tmp_path: Path) -> None:
    for text, code in [
        ("非小细胞肺癌 IV期", "nsclc"),
        ("non-small cell", "other"),
        ("不能评价", "NE"),
        ("未知", "unknown"),
    ]:
        rows = DIAGNOSES + "non-small,other,regex\n不能评价,NE,regex\n未知,unknown,regex\n"
        found = read(tmp_path, rows, text, several=False)
        assert (found.code, found.negated) == (code, "")


def test_a_sign_within_a_name_negates_nothing(tmp_path: Path) -> None:
    found = read(tmp_path, "替尼,tki,regex\n", "吉非替尼片 250mg qd")
    assert (found.code, found.negated, found.unexplained) == ("tki", "", ("吉非",))


def test_an_entry_that_is_a_negating_word_negates_what_follows(tmp_path: Path) -> None:
    rows = SITES + "无|none,none,regex\n"
    assert read(tmp_path, rows, "无").code == "none"
    found = read(tmp_path, rows, "无脑转移；肝转移")
    assert (found.code, found.negated) == ("liver", "brain;none")


@pytest.mark.parametrize(
    "text", ["肝转移；无肝转移", "liver, no liver lesion", "bone; liver; liver: none"]
)
def test_what_a_text_says_and_denies_counts_and_is_asked_about(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, SITES, text)
    assert "liver" in (found.code or "") and found.denies and found.contradicted == "liver"
    assert found.otherwise() == (("bone",) if "bone" in text else ())


def test_exact_entries_are_denied_like_others(tmp_path: Path) -> None:
    rows = "脑,brain,exact\n骨,bone,exact\n无,none,exact\n"
    assert read(tmp_path, rows, "脑、骨").code == "bone;brain"
    found = read(tmp_path, rows, "无脑、骨")
    assert (found.code, found.negated, found.negating) == (None, "bone", ("无脑、骨",))


def test_one_code_of_a_text_is_null_where_it_is_denied(tmp_path: Path) -> None:
    found = read(tmp_path, DIAGNOSES, "排除广泛期", several=False)
    assert (found.code, found.rule, found.negated) == (None, None, "es_sclc")
    found = read(tmp_path, DIAGNOSES, "广泛期，排除 NSCLC", several=False)
    assert (found.code, found.rule, found.negated) == ("es_sclc", None, "nsclc")


def test_a_reason_for_stopping_is_not_stopped_itself(tmp_path: Path) -> None:
    rows = "toxicity|不良反应,ae,regex\ncompleted|完成,completed,regex\n"
    for text, code in [
        ("不良反应停药", "ae"),
        ("toxicity, stopped by physician", "ae"),
        ("completed all planned treatment", "completed"),
        ("完成计划疗程", "completed"),
    ]:
        found = read(tmp_path, rows, text, several=False)
        assert (found.code, found.negated, found.unexplained) == (code, "", ())


@pytest.mark.parametrize(
    ("text", "code", "negated"),
    [
        ("complete response", "CR", ""),
        ("incomplete response", None, "CR"),
        ("不完全缓解", None, "CR"),
        ("stable", "SD", ""),
        ("unstable", None, "SD"),
        ("不稳定", None, "SD"),
        ("progression", "PD", ""),
        ("nonprogressive", None, "PD"),
        ("pseudoprogression", None, "PD"),
        ("假性进展", None, "PD"),
    ],
)
def test_a_word_turned_into_its_opposite_is_not_its_code(
    tmp_path: Path, text: str, code: str | None, negated: str
) -> None:
    rows = "complete response|完全缓解,CR,regex\nstable|稳定,SD,regex\nprogress|进展,PD,regex\n"
    found = read(tmp_path, rows, text, several=False)
    assert (found.code, found.rule, found.negated) == (code, None, negated)


def test_declared_words_are_fillers_and_negations(tmp_path: Path) -> None:
    assert read(tmp_path, SITES, "肝转移 hilum, alas bone").unexplained == ("hilum", "alas")
    own = SITES + "hilum,,filler\nalas,,negation\n"
    found = read(tmp_path, own, "肝转移 hilum, alas bone")
    assert (found.code, found.negated, found.unexplained) == ("liver", "bone", ())
    assert read(tmp_path, own, "balas bone").code == "bone"


def test_a_filler_alone_is_no_answer(tmp_path: Path) -> None:
    assert read(tmp_path, DIAGNOSES, "SCLC?", several=False).rule == "unknown_code"
    assert read(tmp_path, DIAGNOSES, "小细胞肺癌 广泛期", several=False) == Coded("es_sclc")


def test_what_one_list_knows_another_of_the_same_column_need_not(tmp_path: Path) -> None:
    drugs = listed(tmp_path, DRUGS + "camrelizumab,camrelizumab,regex\n", name="drugs")
    classes = listed(tmp_path, "lulimab,pd_1,regex\nplatin|etoposide,chemo,regex\n", name="class")
    one = listed(tmp_path, "carboplatin,EC,regex\n", several=False, name="one")
    read_ = read_cell("camrelizumab + serplulimab + etoposide + carboplatin", [drugs, classes, one])
    assert [r.unexplained for r in read_] == [(), ("camrelizumab",), ()]
    assert [r.code for r in read_] == [
        "camrelizumab;carboplatin;etoposide;serplulimab", "chemo;pd_1", "EC"
    ]  # fmt: skip


def test_a_text_is_denied_for_all_lists_of_its_column(tmp_path: Path) -> None:
    drugs = listed(tmp_path, DRUGS, name="drugs")
    one = listed(tmp_path, "cisplatin,EP,regex\n", several=False, name="one")
    read_ = read_cell("carboplatin, serplulimab and cisplatin not given", [drugs, one])
    assert [(r.code, r.negated) for r in read_] == [
        ("carboplatin", "cisplatin;serplulimab"), (None, "EP")
    ]  # fmt: skip
    assert read_[0].otherwise() == ("carboplatin;cisplatin;serplulimab",)
    assert read_[1].otherwise() == ("EP",)


def test_a_word_that_is_no_code_list_is_read_as_before() -> None:
    assert CodeList({"yes": "true"}, ()).one("Yes ") == ("true", None)
