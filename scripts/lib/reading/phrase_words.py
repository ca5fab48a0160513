"""Words around the codes of a free text, in Chinese and English: what negates, what says nothing.

Defaults for every code list; rows of a list with match `filler` or `negation` add to them, and what
an entry of the list covers is never looked for here. Texts are folded: small letters, half width,
single spaces. In the patterns, CODE stands for a place that the code list explains.

Source: triggers and scope after NegEx (Chapman et al., J Biomed Inform 2001;34:301) and ConText
(Harkema et al., J Biomed Inform 2009;42:839): before, behind, pseudo-negation, termination.
"""

from __future__ import annotations

import re

CODE, KNOWN = "\ue000", "\ue001"  # one a letter: explained by the list; not to be looked at again
BEFORE, BEHIND = rf"(?<![a-z{KNOWN}])", rf"(?![a-z{KNOWN}])"  # an English word stands alone


def _words(listed: str) -> str:
    """English words and phrases, `;` between them, as one pattern; each stands alone."""
    words = [re.sub(r"\\\n\s*", "", word).strip() for word in listed.split(";")]
    return rf"{BEFORE}(?:{'|'.join(words)}){BEHIND}"


# What turns the rest of an English word into its opposite, or into something like it.
PREFIXES = r"non?|not|un|i[nmrl]|dis|extra-?|anti|pseudo-?|a"
FOUND = r"(?:\s*(?:转移灶?|metasta(?:sis|ses)|mets?|lesions?))?"  # of a code, before its answer
NOUGHT = (
    rf"{FOUND}\s*[:=x×*]?\s*0+(?:\.0+)?"
    r"\s*(?:mg|%|cycles?|doses?|courses?|个?周期|个?疗程|次)?(?![\d.a-z/~-])"
)
OR_PLACEBO = r"(?<![a-z])(?:or|vs\.?|versus|/|或)\s*(?:placebo|安慰剂|模拟剂)"

# Phrases that hold a negating word and negate nothing.
NOT_NEGATING = (
    r"不良|不适|不详|不规则|不典型|非典型|未分化|未知|未特指|非特异|无症状|无痛|无创|无诱因|无明显诱因"
    r"|不可逆|不能?耐受|无法耐受|不可切除|无法切除|无法手术|不可手术|不可评价|不能评价|无法评价|不可测量"
    r"|非靶病灶|非霍奇金|未见(?:明显|明确)?(?:增大|增多|变化|进展|好转|缩小|吸收|消退)"
    r"|无(?:明显)?(?:变化|进展|缓解|增大)|未控制|未愈|未缓解|未治疗"
    r"|正常(?:给药|用药|使用|进行|饮食)|按计划|计划(?:疗程|周期)|(?:已|均)?完成(?:了|全部|所有|既定|原定|预定)?计划|计划外"
    r"|[一二两三四五六七八九十\d]*\s*个?(?:周期|疗程|次|天|日|月|年)(?:治疗)?(?:后|时)?(?:已)?(?:停药|停用|停止|终止)(?:治疗)?",
    _words(
        r"""
        not only; no\.? ?(?=\d); no (?:significant |interval )?change; no progression;
        no increase; not enlarged; non[- ]?specific; non[- ]?target; asymptomatic; as planned;
        planned (?:cycles?|courses?|doses?)(?! of| ?:);
        (?:completed|finished|received)(?: all| the| of)*(?: planned| scheduled);
        (?:\d+ )?(?:cycles?|doses?|weeks?|months?|days?),?(?: then)? (?:stopped|discontinued);
        stopped by (?:the )?(?:physician|doctor|patient|investigator); not tolerated;
        not controlled; unscheduled; normal saline; clear cell; as (?:discussed|advised|offered);
        (?:cycles?|days?|[cd]) ?\d+ (?:was )?(?:held|cancelled|omitted|delayed);
        (?:held|cancelled|omitted|delayed)(?: for| at| in)? (?:cycles?|days?|[cd]) ?\d+
        """
    ),
)  # fmt: skip

# What negates, refuses, plans, excludes or doubts the codes that it reaches.
NEGATING = (
    r"否认(?:有|患)?|否認|未(?:曾|再)?(?:接受|使用|应用|用|予以|予|给予|行|做|见到?|发现|检出|查见|提示|累及|侵犯|出现|发生|并发"
    r"|合并|伴|及|闻及|触及|示|有|加|联合|联用|上|启用|开始|执行)?|没有?(?![药食])|沒有|无明确|无明显|无|無|暂不|拒绝|拒絕|拒|放弃|不愿意?|不同意"
    r"|不(?:予|用|行|做|考虑|支持|伴|合并|含|包括|是|存在|接受|给予|加|联合|宜|建议)|而非|而不是"
    rf"|(?<![一-鿿])非(?={CODE})"
    rf"|不(?={CODE})|(?<![是认])否(?![认定则])|停(?={CODE})|取消|禁忌|(?<!不)正常"
    r"|阴性|已?排除|已?除外",
    r"拟(?:行|用|予|给予|加用?|联合|采用|于)?|擬|(?:原|曾)?计划|計劃|准备|打算|建议|推荐|预计|预期|择期|申请|暂缓|待批"
    rf"|待(?:行|用|予|加|(?={CODE}))",
    r"(?:已|现|暂|自行|因故)?(?:停[用药]|停止(?:使用)?|终止|中止|暂停)",
    r"(?:不能|不|未能?|待|尚不能)(?:完全)?(?:排除|除外)|待排(?:查|除)?|待查|待定|可疑|疑似|疑诊|怀疑|疑(?!难)|可能(?:性大|大|为|是)?"
    r"|考虑(?:为|有|是)?|或许|倾向(?:于)?|不确定|性质待定|是否|假性|\?+",
    r"家族(?:史|中)?(?:有)?|(?:其)?(?:父亲|母亲|祖父|祖母|外公|外婆|兄弟|姐妹|哥哥|弟弟|姐姐|妹妹|父母)(?:患有?|有|因)?",
    _words(
        r"""
        no(?: evidence of| sign of| signs of| known| new| other)?;
        none(?: seen| detected| found| known| noted)?; nil; without(?: evidence of)?; w/o;
        not? (?:been )?(?:given|used|received|started|administered|done|performed|seen|detected\
        |found|present|involved|identified|included);
        not; never(?: received| given| had)?; nor;
        (?:did|does|do|was|were|has|have|had|is|are|could|would)(?:n[o']t| not); neither;
        denies|denied|deny; absent; absence of; negative(?: for)?; neg; free of; free from;
        instead of; rather than; in place of; non; zero; outside(?: of)?;
        refus(?:ed|es|al|ing)(?: of)?; declin(?:ed|es|ing)(?: of)?; reject(?:ed|s);
        rul(?:ed?|es|ing)[ -]?out; r/o; exclud(?:e|es|ed|ing); exclusion of; unlikely; normal;
        unremarkable; clear(?:ed)?; nad; n\.?e\.?d\.?; cancel(?:l?ed|s|l?ing)?;
        contra-?indicat(?:ed|ions?)(?: for| to)?; ineligible(?: for)?; naive(?: to)?
        """
    ),
    rf"{BEFORE}non-?(?={CODE})",
    _words(
        r"""
        plan(?:s|ned|ning)?(?: for| to(?: start| give| add| receive)?)?;
        to (?:start|receive|be given); will(?: start| receive| be given| have)?;
        intend(?:s|ed)?(?: to)?; proposed; recommend(?:s|ed)?; suggest(?:s|ed)?;
        scheduled(?: for)?; pending; await(?:s|ing); candidate for; deferred; postponed;
        advis(?:ed|es|ing); offer(?:ed|s|ing)?; discuss(?:ed|ing)?; eligible for; would like; wants?
        """
    ),
    _words(
        r"""
        stop(?:ped|s)?; discontinu(?:ed|es|ation of); ceased; withheld; withdrawn; (?:on )?hold;
        held; terminated
        """
    ),
    _words(
        r"""
        (?:can|could|can ?not|cannot)(?:not| not)? (?:be )?(?:ruled? out|excluded?);
        not (?:ruled out|excluded); suspect(?:ed|s|ing)?; suspicio(?:n|us)(?: of| for)?;
        possibl[ey]; probabl[ey]; likely; may(?! ?\d)(?: be| have)?; might(?: be| have)?;
        query; question(?:able|ed); uncertain; equivocal; indeterminate; undetermined; unclear;
        unconfirmed; unproven; (?:of )?unknown significance; consider(?:ed|ing)?;
        differential(?: diagnosis)?
        """
    ),
    _words(
        r"""
        family history(?: of)?;
        (?:his|her )?(?:father|mother|brother|sister|parents?|aunt|uncle|grandfather\
        |grandmother)(?: had| has| with| died of)?
        """
    ),
    rf"{BEFORE}(?<!\d)(?:{PREFIXES})(?={CODE})",  # nonsmoker, incomplete response
    r"(?<=\()\s*[-–—−×✗✘]+\s*(?=\))",  # brain metastasis (-)
    rf"(?<=[{CODE}{KNOWN}]){FOUND}\s*[:=]?\s*[-−–—×✗✘](?=\s*(?:$|[,;)]))",
    r"(?<=[gl])[-−–—×✗✘](?=\s*(?:$|[,;)]))",  # cisplatin 100mg-
    rf"(?<=[{CODE}{KNOWN}]){FOUND}\s*[-−]\s?ve{BEHIND}",
    rf"(?<={CODE}){NOUGHT}",  # serplulimab x0, brain: 0
    r"(?<=[:(])\s*n(?=\s*(?:$|[,;)]))|∅|±|\+/-",
    OR_PLACEBO,
)  # fmt: skip

# A negating word that is behind its code alone, and only where the text lists what was given: in a
# text that says why something ended, "toxicity, stopped" denies nothing. There, completed
# planned treatment plans nothing either: a plan has to stand alone behind its code.
LISTED_ONLY = re.compile(
    r"(?:已|现|暂|自行|因故)?(?:停[用药]|停止(?:使用)?|终止|中止|暂停)"
    r"|stop(?:ped|s)?|discontinu(?:ed|es)|ceased|withheld|withdrawn|(?:on )?hold|held|terminated"
    r"|cancel\w*|取消|停"
)
PLANS = re.compile(r"(?:原|曾)?计划|准备|打算|plan(?:s|ned|ning)?|scheduled|intend(?:s|ed)?")
BEHIND_ONLY = re.compile(  # has no object
    rf"(?:已|现|暂|自行|因故)?停药|{FOUND}\s*[:=]?\s*[-−–—×✗✘](?:\s?ve)?|{NOUGHT}|{OR_PLACEBO}|naive"
)
# What has its object behind it, where a word stands there: EP without camrelizumab.
AHEAD_ONLY = re.compile(r"without|w/o|instead of|rather than|in place of|±|\+/-|而非|而不是")
# Negating words that a whole list of things may follow, commas or not.
OF_A_LIST = re.compile(r"否认(?:有|患)?|否認|denies|denied|deny|negative for|neither")
# English participles that may stand behind their code (`serplulimab refused`), so that one between
# two codes may mean either.
EITHER = re.compile(
    r"refused|declined|rejected|planned|excluded|ruled[ -]?out|stopped|discontinued|withheld"
    r"|withdrawn|held|cancell?ed|advised|offered|discussed|deferred|postponed|suspected|normal"
    r"|unremarkable|clear|cleared|正常|取消|(?:not?|never) .*|\w+n[o']?t|was not|were not"
)
# Code-list entries that are such a word themselves negate what follows, as `none` and 无 do.
ONLY_NEGATES = re.compile(r"无|無|没有?|否认|未见?|no|none|not|without|nil|negative|absent|阴性")

# Where the reach of a negating word ends.
ENDS = (
    r"但是?|然而|不过|(?<![没沒未无無否認认])有|存在|改用|换用|改为|换为|改行|转为|遂予|故予|仅(?:有|用|予)?|只(?:有|用)?"
    r"|(?:除|除了)(?=[^,;。]{1,20}[外后])",
    _words(
        r"""
        all but; but; however; although; though; except(?: for)?; other than; apart from; besides;
        aside from; changed to; switched to; only; yes; positive(?: for)?; has; had;
        given instead; then
        """
    ),
)  # fmt: skip
# Those that take something out of what was said: of a denial, whose reach they end; where nothing
# is denied, of all the rest, so that what they name is just what does not count.
EXCEPT = re.compile(r"all but|except(?: for)?|other than|apart from|besides|aside from|除了?|外")
# What follows a negating word that belongs to what stands before it (`refused because of cost`).
REASON = re.compile(
    r"\s*(?:due|because|for|since|in|at|on|until|till|by|from|as|per|owing|to|this|next|now|yet|today"
    r"|so far|given|used|received|任何|因|由于|经济|费用|自费|家属|本人|下|至|目前|暂时|过|者|的)"
)

# Words that say nothing of their own: they name no drug, place or event.
FILLERS = (
    # medicine: what a drug is made into, how and when it is given
    r"片剂|软?胶囊|注射用|注射液|注射剂|粉针|颗粒|口服液?|脂质体|静脉滴注|静脉注射|静滴|静注|皮下注射|肌注|滴注|泵入|冲击"
    r"|盐酸|甲磺酸|马来酸|苯磺酸|磷酸|硫酸|枸橼酸|酒石酸|富马酸|琥珀酸|醋酸|国产|进口|单药|单抗药物?|原研|仿制"
    r"|每日?[一二两三四\d]+次|每天|每日|每[一二两三四\d]*(?:周|月|天|日)(?:一次)?|一次|顿服|早晚",
    # treatment as such
    r"联合|加用|同步|序贯|交替|继续|维持|巩固|诱导|辅助|解救|挽救|姑息|根治|方案|治疗|用药|给药|使用|应用|予以|给予|采用|疗程|周期"
    r"|一线|二线|三线|四线|五线|末线|后线|首次|第?[一二三四五六七八九十]+(?:次|程|个)?|期间|术后|术前|要求|患者|病人|本院|外院|较前片?|同前|相仿",
    # disease as such
    r"转移灶?|病灶|病变|占位|结节|肿块|肿物|新发|新增|多发|单发|双侧|左侧|右侧|两侧|上叶|下叶|中叶|部位|其他|其它"
    r"|分期|疾病|病理|活检|诊断|证实|确诊|提示|检出|检测|结果|明确|明显|确切|突变|阳性|合并|累及|侵犯|目前"
    r"|原因|经济|费用|事件|反应|严重|轻度|中度|重度|以及",
    # a single sign is one where it stands behind a code or alone, not as a part of a word
    rf"(?:(?<=[{CODE}{KNOWN}])|(?<![一-鿿])(?![一-鿿]{{2}}))"
    r"[片加用予行左右等处部区灶期级型度病症史示见伴的为于了时内系及其和与并且或均都也外除腔]",
    _words(
        r"""
        tab(?:let)?s?; cap(?:sule)?s?; inj(?:ection)?; infusion; oral(?:ly)?;
        intravenous(?:ly)?; subcutaneous(?:ly)?; solution; powder; generic; mono;
        hydrochloride; hcl; mesylate; maleate; tosylate; phosphate; acetate; sulfate; citrate;
        bid; tid; qid; qd; qod; qw; biw; q\d+[dwhm]?w?; qn; qm; po; iv; ivgtt; ivd; im; sc; ih;
        st; prn; dose; doses; daily; weekly; once; twice; all; [ips]\.[vocm]\.?; b\.i\.d\.?;
        every; per; x; and; plus; with;
        combined; combination; in; of; the; an?; for; at; on; to; by; from; or; as; was; were;
        is; are; then; followed; concurrent(?:ly)?; sequential(?:ly)?; alternating; continued;
        maintenance; consolidation; induction; adjuvant; neoadjuvant; salvage; palliative;
        regimens?; therapy; treatments?; treated; received; given; used; cycles?; courses?;
        first; second; third; fourth; \d+(?:st|nd|rd|th); line; single; agent; monotherapy;
        patients?(?:'s|’s)?; pts?; metasta(?:sis|ses|tic|se); mets?; lesions?; nodules?;
        mass(?:es)?; tumou?rs?; sites?; disease; multiple; solitary; single; bilateral; left;
        right; both; upper; lower; new(?:ly)?; other; others; gland; region; area; involvement;
        stage; grade; type; class; level; mutations?; mutant; positive; yes; detected; found;
        seen; confirmed; proven; diagnos(?:is|ed); history(?! of); events?; reactions?;
        biops(?:y|ies); patholog(?:y|ical|ically); severe; mild; moderate; definite; obvious;
        resistance; reasons?; financial; cost; etc; but; however; only; has; had; have
        """
    ),
)  # fmt: skip

# Doses, units, numbers, cycles and dates.
UNIT = (
    r"(?:mg|g|ug|μg|mcg|ng|kg|ml|l|iu|miu|u|mmol|mci|mbq|gy|cgy|cm|mm|m2|m²|m|h|hrs?|min|d|days?|wks?|w|weeks?"
    r"|months?|mo|y|yrs?|years?|f|fx|fractions?|times?|cycles?|courses?|doses?|tabs?|caps?|毫克|微克|克|千克|公斤|毫升"
    r"|升|万?单位|万u|个?周期|个?疗程|小时|分钟|厘米|毫米|戈瑞|片|粒|支|瓶|袋|盒|次|天|日|周|月|年|岁|个|程|线|级|期|度|枚)"
)
MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*"
DOSES = (
    rf"{BEFORE}\d{{1,2}}(?:st|nd|rd|th)?[ -]?{MONTH}\.?(?:[ -]?\d{{2,4}})?"
    rf"|{BEFORE}{MONTH}\.?[ -]?\d{{1,4}}|"
    rf"\d{{4}}年(?:\d{{1,2}}月(?:\d{{1,2}}[日号]?)?)?|\d{{1,2}}月(?:\d{{1,2}}[日号])?"
    rf"|{BEFORE}(?:c\d+)?d\d+(?:[-~–,、]d?\d+)*{BEHIND}|{BEFORE}c\d+(?:[-~–]c?\d+)?{BEHIND}"
    rf"|{BEFORE}auc\s*=?\s*(?:\d+(?:\.\d+)?)?"
    rf"|(?:(?:[<>≤≥~约]|(?<!{CODE})=)\s*)?第?\d+(?:[.:]\d+)*(?:\s*[-~–×x*至/]\s*\d+(?:[.:]\d+)*)*\s*%?"
    rf"(?:\s*{UNIT}(?![a-z]))?(?:\s*/\s*(?:{UNIT}|次|kg|m2|m²|m\^2)(?![a-z]))*",
)
