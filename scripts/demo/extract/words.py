"""How a hospital writes what the study calls by one code: English, Chinese, codes, abbreviations.

`config/codelists/` reads all of these words back; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Words = dict[str, tuple[str, ...]]

SEX: Words = {"male": ("1", "1", "男", "M"), "female": ("2", "2", "女", "F")}
SMOKING: Words = {
    "yes": ("Y", "是", "smoker", "former smoker", "有吸烟史"),
    "no": ("N", "否", "never smoker", "无吸烟史"),
}
YES_NO: Words = {"yes": ("Y", "是", "Yes", "1"), "no": ("N", "否", "No", "0")}

DIAGNOSIS: Words = {
    "es_sclc": ("ES-SCLC", "SCLC, extensive stage", "小细胞肺癌 广泛期"),
    "ls_sclc": ("LS-SCLC", "SCLC, limited stage", "小细胞肺癌 局限期"),
    "nsclc": ("NSCLC, adenocarcinoma", "非小细胞肺癌 腺癌", "NSCLC, squamous"),
    "other": ("Hypertension", "2型糖尿病", "COPD", "冠心病"),
}
ICD10: Words = {"es_sclc": ("C34.9",), "ls_sclc": ("C34.9",), "nsclc": ("C34.9",), "other": ("",)}
STAGE: Words = {
    "IV": ("IV", "IVA", "IVB", "Ⅳ期", "ES-SCLC / extensive, stage IV"),
    "III": ("III", "IIIA", "IIIB", "Ⅲ期", "LS-SCLC / limited, stage III"),
}
CONFIRMATION: Words = {
    "histology": ("Histology", "biopsy, histology", "病理组织学", "1"),
    "cytology": ("Cytology", "EBUS-TBNA cytology", "细胞学", "2"),
    "clinical": ("Clinical", "imaging only", "临床诊断", "3"),
}
HISTOLOGY: Words = {
    "es_sclc": ("Small cell carcinoma", "小细胞癌", "SCLC, Syn+ CgA+ TTF-1+"),
    "ls_sclc": ("Small cell carcinoma", "小细胞癌"),
    "nsclc": ("Adenocarcinoma", "腺癌", "Squamous cell carcinoma"),
    "other": ("",),
}

DRUGS: Words = {
    "durvalumab": ("Durvalumab", "度伐利尤单抗", "Imfinzi", "durvalumab 1500mg"),
    "atezolizumab": ("Atezolizumab", "阿替利珠单抗", "Tecentriq", "atezolizumab 1200mg"),
    "serplulimab": ("Serplulimab", "斯鲁利单抗", "serplulimab 4.5mg/kg", "HLX10"),
    "tislelizumab": ("Tislelizumab", "替雷利珠单抗"),
    "toripalimab": ("Toripalimab", "特瑞普利单抗"),
    "anlotinib": ("Anlotinib", "安罗替尼", "anlotinib 12mg"),
    "EP": ("EP", "Etoposide/Cisplatin", "依托泊苷+顺铂"),
    "EC": ("EC", "Etoposide + Carboplatin", "依托泊苷+卡铂"),
    "nab-paclitaxel": ("nab-paclitaxel", "白蛋白结合型紫杉醇", "Abraxane"),
    "topotecan": ("Topotecan", "拓扑替康"),
    "irinotecan": ("Irinotecan", "伊立替康"),
    "illegible": ("clinical trial, blinded", "treated elsewhere, details not available"),
}

STOP_REASON: Words = {
    "primary resistance": ("PD (primary resistance)", "疾病进展(原发耐药)"),
    "secondary resistance": (
        "PD (secondary resistance)",
        "PD, acquired resistance",
        "疾病进展(继发耐药)",
    ),
    "progression": ("PD", "疾病进展", "progressive disease"),
    "AE": ("adverse event", "不良反应", "toxicity, stopped by physician"),
    "completed": ("completed planned cycles", "完成计划疗程"),
    "wish": ("patient's wish", "患者要求停药"),
    "death": ("death", "死亡"),
}

RADIOTHERAPY: dict[str, tuple[tuple[str, str], ...]] = {
    "thoracic": (("chest", "thoracic consolidation"), ("胸部", "胸部巩固放疗")),
    "palliative": (("bone", "palliative"), ("brain", "palliative, WBRT"), ("骨", "姑息放疗")),
    "pci": (
        ("brain", "PCI"),
        ("脑", "预防性脑照射"),
        ("brain", "prophylactic cranial irradiation"),
    ),
}

RESPONSE: Words = {
    "CR": ("CR", "完全缓解"),
    "PR": ("PR", "PR", "部分缓解", "partial response"),
    "SD": ("SD", "SD", "疾病稳定", "stable disease"),
    "NON-CR/NON-PD": ("Non-CR/Non-PD",),
    "PD": ("PD", "PD", "疾病进展", "progressive disease"),
    "NE": ("NE", "不可评价", "not evaluable"),
}
SITES: Words = {
    "brain": ("brain", "脑转移", "intracranial"),
    "liver": ("liver", "肝转移", "hepatic"),
    "lung": ("lung metastasis", "肺转移", "contralateral lung"),
    "bone": ("bone", "骨转移"),
    "adrenal": ("adrenal gland", "肾上腺转移"),
    "primary": ("primary lesion", "原发灶"),
    "lymph_node": ("mediastinal lymph nodes", "纵隔淋巴结"),
}

AE_TERMS: Words = {
    "leukopenia": ("Leukopenia", "WBC decreased", "白细胞减少", "leucopenia"),
    "thrombocytopenia": ("Thrombocytopenia", "PLT decreased", "血小板减少"),
    "anemia": ("Anemia", "Hb decreased", "贫血", "anaemia"),
    "neutropenia": ("Neutropenia", "ANC decreased", "中性粒细胞减少"),
    "nausea": ("Nausea", "恶心"),
    "loss_of_appetite": ("Loss of appetite", "anorexia", "食欲下降"),
    "liver_injury": ("Drug-induced liver injury", "ALT/AST increased", "药物性肝损伤"),
    "rash": ("Rash", "皮疹", "skin rash"),
    "immune_pneumonia": ("Immune-associated pneumonia", "immune pneumonitis", "免疫相关性肺炎"),
    "vomiting": ("Vomiting", "呕吐", "emesis"),
    "hypothyroidism": ("Hypothyroidism", "甲状腺功能减退"),
    "fatigue": ("Fatigue", "乏力"),
    "diarrhea": ("Diarrhea", "腹泻"),
}

VITAL_STATUS: Words = {
    "alive": ("alive", "存活", "A"),
    "dead": ("dead", "死亡", "D"),
    "lost": ("lost", "失访"),
}
METHODS = ("phone", "outpatient visit", "电话", "门诊")

SURNAMES = tuple("赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨")
GIVEN = tuple("甲乙丙丁戊己庚辛壬癸")


def pick(rng: np.random.Generator, words: Sequence[str]) -> str:
    """One of `words`, each as likely as the others."""
    return words[int(rng.integers(len(words)))]


def write_regimen(rng: np.random.Generator, parts: Sequence[str]) -> str:
    """A regimen as free text: the written names of its parts, joined in one of several ways."""
    texts = [pick(rng, DRUGS[part]) for part in parts]
    return pick(rng, (" + ", "+", " + ", "联合")).join(texts)


def write_sites(rng: np.random.Generator, sites: Sequence[str]) -> str:
    """Sites of progression as free text."""
    return pick(rng, ("; ", ", ", "、")).join(pick(rng, SITES[site]) for site in sites)
