"""Questions in words: the suite's own sentence, else a general one; English and Chinese."""

from __future__ import annotations

import pandas as pd

from scripts.lib.quality.suites import READING

# what a query can do to a patient's place in the analysis; why it can do nothing
MOVES = {
    "enters": "may enter the analysis",
    "leaves": "may leave the analysis",
    "arm": "arm may change",
    "event": "event may change",
}
NEVER = "not analysed, whatever the value"
# reading rule: question in Chinese (English: scripts.lib.reading.problems.RULES)
READING_ZH = {
    "unreadable_date": "此日期无法识别，请提供正确的日期。",
    "ambiguous_date": "此日期可理解为两个不同的日期，请确认是哪一天。",
    "partial_date_imputed": "此日期只记录了一部分，是否知道具体日期？",
    "unknown_code": "此内容（或其中一部分）不在代码表中，请说明其含义。",
    "ambiguous_code": "此内容对应两个代码，请确认是哪一个。",
    "negated_code": "此处写的是拒绝、计划、排除、否认或不确定，还是确实发生过？请确认。",
    "unexplained_text": "此内容中有一部分无法识别，请说明其含义。",
    "not_a_number": "此处应为数字，请提供测量值。",
    "not_an_integer": "此处应为整数，请确认。",
    "out_of_range": "此数值超出合理范围，请核实。",
    "replacement_character": "此处文字在以前导出时已丢失，原文是什么？",
    "error_cell": "此单元格显示错误值，应为什么内容？",
    "formula_without_result": "此处公式没有计算结果。能否在 Excel 中打开、保存后重新发送？",
    "formula_may_be_old": "此处公式的结果可能不是最新的。能否在 Excel 中打开、保存后重新发送？",
    "hidden_rows": "从此行起有隐藏行，已被读取。这些行是否有效？",
    "hidden_column": "此列在工作簿中是隐藏的，已被读取。是否有效？",
    "footer_with_patient": "此行应为备注，但有患者编号，已被读取。是否属于本表？",
    "missing_identifier": "此行没有患者编号，请确认属于哪位患者。",
    "bad_identifier": "此编号不是本院的患者编号，请确认属于哪位患者。",
    "missing_centre": "此行没有注明来自哪家医院，请补充。",
    "identifier_collision": "同一患者编号有两种写法，是否为同一位患者？",
    "same_person": "另一患者编号的出生日期及此项内容相同，是否为同一人？",
    "identifier_padded": "患者编号前面的零已补齐，请确认是否正确。",
    "filter_unknown": "缺少判断此行是否属于本表的值，请补充。",
    "condition_unknown": "缺少判断此单元格含义的值（例如患者是否存活），请补充。",
    "malformed_row": "此行的字段数与表头不一致，请确认各字段的内容。",
    "suspect_quote": "此行可能包含了其他行，请检查引号是否闭合。",
    "merged_cells": "合并单元格只在第一行有值，请确认是否如此。",
    "digits_lost": "此列数字超过 Excel 能保留的 15 位，请重新导出。",
    "join_unmatched": "另一张表中没有与此行对应的记录，应是哪一条？",
    "join_ambiguous": "另一张表中与此行对应的多条记录不一致，哪一条正确？",
    "contradiction": "该患者的多条记录在此互相矛盾，哪一条正确？",
    "conflict_resolved": "已按规则采用该患者的另一条记录，是否正确？",
    "unknown_column": "配置中没有此列，请说明其内容。",
    "encoding_detected": "文件编码是推测的，文字显示是否正确？",
}
# last part of the id of a derivation's finding
DERIVED_ZH = {
    "before_start": "此日期早于起始日期，未被采用。哪个日期有误？",
    "after_death": "此记录的日期晚于死亡日期，已被忽略。哪个日期有误？",
    "contradiction": "同一患者的多条记录互相矛盾，未被采用。哪一条正确？",
    "tie": "同一日期的多条记录数值不同，采用了较小者。哪一个正确？",
    "no_start": "该患者没有分组或治疗开始日期，无法计算时间。何时开始了何种治疗？",
    "after_complete": "此前曾记录为完全缓解。是当时并未完全缓解，还是疾病复发（进展）？",
    "after_cutoff": "该治疗的开始日期晚于数据截止日，无法判断患者是否属于本研究。日期是否正确？",
    "file_not_read": "没有任何表读取本次交付中的此文件，其内容是什么？",
    "sheet_not_read": "没有任何表读取此工作表，其内容是什么？",
    "sheet_hidden": "此工作表是隐藏的，未被读取，其内容是什么？",
    "column_renamed": "此列的名称与上次交付不同，是否为同一列？",
    "column_dropped": "上次交付有此列，为何本次没有？",
    "column_added": "上次交付没有此列，其内容是什么？",
    "column_moved": "此列的位置与上次交付不同，是否为同一列？",
    "column_new_words": "此列出现了以前没有的内容，请说明其含义。",
}
# where neither the suite nor a rule has a sentence: by Kahn's category
CATEGORY_ZH = {
    "conformance": "此值不符合规定的格式或代码，请更正。",
    "completeness": "此处缺少应有的值，请补充。",
    "plausibility": "此值与其他记录不符或不合常理，请核实。",
}
NEITHER_ZH = "请核实此记录。"


def questions_zh(check_id: pd.Series, of_suites: dict[str, tuple[str, str]]) -> pd.Series:
    """The question of each finding in Chinese.

    Parameters
    ----------
    of_suites
        Check id -> question in Chinese (may be empty) and category.
    """
    words = {name: _zh(name, of_suites) for name in check_id.unique()}
    return check_id.map(words).astype("string")


def _zh(check_id: str, of_suites: dict[str, tuple[str, str]]) -> str:
    if check_id in of_suites:
        question, category = of_suites[check_id]
        return question or CATEGORY_ZH[category]
    last = check_id.rsplit(".", 1)[-1]
    words = READING_ZH if f".{READING}." in check_id else DERIVED_ZH
    return words.get(last, NEITHER_ZH)
