"""What a column or variable can hold, and whether an expression over such names can be meant.

Read when the workflow is parsed: a code that no list gives, a text compared with a number, a date
counted in years from a line are mistakes of the configuration, found before any job. Imports
nothing heavy; `scripts.lib.expressions.evaluate` computes.
"""

from __future__ import annotations

import ast
import datetime as dt
import difflib
import math
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from scripts.lib.errors import Stop
from scripts.lib.expressions.grammar import CONSTANTS, parse

ANY, BOOLEAN, NUMBER, TEXT, CODES, DATE = "any", "boolean", "number", "text", "codes", "date"
WORDS = {
    BOOLEAN: "true or false", NUMBER: "a number", TEXT: "text", CODES: "a list of codes",
    DATE: "a date", ANY: "anything",
}  # fmt: skip
KINDS = {
    "text": TEXT, "code": TEXT, "codes": CODES, "integer": NUMBER, "number": NUMBER,
    "boolean": BOOLEAN, "date": DATE,
}  # fmt: skip
YES_NO = frozenset({"no", "yes"})
SHOWN = 12  # values listed in a message

Key = tuple[str, str]  # table and column that the values come from


@dataclass(frozen=True)
class Domain:
    """What a name can hold.

    `values` are the texts (or codes of a list) that can occur, None where anything can. `known` are
    those of the field's standard, which may be asked for beside others though nobody produces them.
    `literal` is written in the expression itself.
    """

    kind: str = ANY
    values: frozenset[str] | None = None
    known: frozenset[str] = frozenset()
    low: float = -math.inf
    high: float = math.inf
    whole: bool = False
    key: Key | None = None
    source: str = ""
    literal: bool = False

    def levels(self) -> frozenset[str] | None:
        """Names of its levels in results; None where they are not known before the data are."""
        return YES_NO if self.kind == BOOLEAN else self.values


def number(low: float = -math.inf, high: float = math.inf, whole: bool = False) -> Domain:
    """A number between two limits."""
    return Domain(NUMBER, low=low, high=high, whole=whole)


def texts(values: Iterable[str], source: str = "") -> Domain:
    """One of some texts."""
    return Domain(TEXT, frozenset(values), source=source)


def nearest(name: str, known: Iterable[str]) -> str:
    """`; nearest: ...` of what is known, blanks, case and width apart; nothing where none is."""
    folded = {_plain(one): one for one in sorted(known)}
    plain = _plain(name)
    found = difflib.get_close_matches(plain, folded, n=1)
    found += [one for one in folded if len(plain) > 2 and (plain in one or one in plain)]
    return f"; nearest: `{folded[found[0]]}`" if found else ""


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def listed(values: Collection[str]) -> str:
    """Some values in a message."""
    shown = sorted(values)
    more = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
    return (", ".join(shown[:SHOWN]) or "nothing") + more


def level_problem(domain: Domain, level: str, name: str) -> str:
    """Why `level` is no level of the variable `name`; empty where it can be one."""
    if domain.kind == DATE:
        return f"{name} is a date and has no levels"
    if domain.kind == NUMBER:
        try:
            value = float(level)
        except ValueError:
            return f"{name} is a number, and `{level}` is none"
        inside = domain.low <= value <= domain.high and not (domain.whole and value % 1)
        return "" if inside else f"{name} is never {level}{_limits(domain)}"
    allowed = domain.levels()
    if allowed is None or level in allowed:
        return ""
    pieces = level.split(";") if domain.kind == CODES else [level]
    missed = [piece for piece in pieces if piece not in allowed]
    if not missed:
        return ""
    return f"the level `{missed[0]}` of {name} never occurs{_why(domain, missed[0])}"


def _why(domain: Domain, value: str) -> str:
    allowed = domain.levels() or frozenset()
    source = f" ({domain.source})" if domain.source else ""
    return f"; what does: {listed(allowed)}{source}{nearest(value, allowed)}"


def _limits(domain: Domain) -> str:
    whole = "whole numbers " if domain.whole else ""
    if math.isinf(domain.low) and math.isinf(domain.high):
        return f" ({whole.strip() or 'any number'})"
    low = "" if math.isinf(domain.low) else f"from {domain.low:g} "
    high = "" if math.isinf(domain.high) else f"to {domain.high:g}"
    return f" ({whole}{low}{high})".replace(" )", ")")


@dataclass
class Walk:
    """Works out what an expression gives, and notes what cannot be meant.

    Parameters
    ----------
    names
        What each name can hold; another name is a problem.
    orders
        Whether `<` and `>` that can hold for nobody are problems, too; a check may look for what
        should not be there.
    unknown
        Whether a name that is not among `names` is a problem; false where others look for those.
    asked
        By table and column every value that is asked for; added to.
    """

    names: Mapping[str, Domain]
    orders: bool = True
    unknown: bool = True
    asked: dict[Key, set[str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def value(self, expression: str, *, condition: bool = False) -> Domain:
        """What `expression` gives; with `condition` it must be true or false."""
        try:
            tree = parse(expression)
        except Stop as stop:
            self.problems.append(str(stop))
            return Domain()
        found = self._of(tree)
        if condition:
            self._need(tree, found, BOOLEAN)
        return found

    # ---- what a part gives

    def _of(self, node: ast.expr) -> Domain:
        if isinstance(node, ast.Constant):
            return _literal(node.value)
        if isinstance(node, ast.Name):
            return self._name(node.id)
        if isinstance(node, ast.UnaryOp):
            kind = BOOLEAN if isinstance(node.op, ast.Not) else NUMBER
            found = self._need(node, self._of(node.operand), kind)
            if kind == NUMBER and found.literal:
                return replace(found, low=-found.high, high=-found.low)
            return Domain(kind)
        if isinstance(node, ast.BinOp):
            for side in (node.left, node.right):
                self._need(node, self._of(side), NUMBER)
            return Domain(NUMBER)
        if isinstance(node, ast.BoolOp):
            for part in node.values:
                self._need(node, self._of(part), BOOLEAN)
            if isinstance(node.op, ast.And):
                self._contradiction(node)
            return Domain(BOOLEAN)
        if isinstance(node, ast.Compare):
            return self._compared(node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return self._called(node, node.func.id)
        self._say(node, "a list stands behind `in` alone")
        return Domain()

    def _name(self, name: str) -> Domain:
        if name in CONSTANTS:
            return Domain(BOOLEAN, literal=True)
        if name not in self.names and self.unknown:
            self.problems.append(f"nothing declares `{name}`{nearest(name, self.names)}")
        return self.names.get(name, Domain())

    def _need(self, node: ast.expr, found: Domain, kind: str) -> Domain:
        if found.kind not in (kind, ANY):
            self._say(node, f"{WORDS[kind]} is wanted, and this is {WORDS[found.kind]}")
        return found

    def _say(self, node: ast.expr, what: str) -> None:
        text = f"`{ast.unparse(node).replace('if_(', 'if(')}`: {what}"
        if text not in self.problems:
            self.problems.append(text)

    # ---- comparisons

    def _compared(self, node: ast.Compare) -> Domain:
        left = node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            pair = ast.Compare(left, [operator], [right])
            if isinstance(operator, ast.In | ast.NotIn):
                self._member(pair, self._of(left), right)
            else:
                self._pair(pair, operator, self._of(left), self._of(right))
            left = right
        return Domain(BOOLEAN)

    def _pair(self, node: ast.expr, operator: ast.cmpop, left: Domain, right: Domain) -> None:
        equal = isinstance(operator, ast.Eq | ast.NotEq)
        if ANY in (left.kind, right.kind):
            return
        if left.kind == DATE and right.literal and right.values:
            if not all(map(_is_day, right.values)):
                self._say(node, "a date such as '2020-01-31' is wanted")
            return
        if not _alike(left, right):
            self._say(node, f"{WORDS[left.kind]} is compared with {WORDS[right.kind]}")
        elif not equal and left.kind not in (NUMBER, DATE):
            self._say(node, f"{WORDS[left.kind]} has no order, so < and > say nothing")
        elif not equal:
            if self.orders and left.kind == NUMBER and _never(operator, left, right):
                self._say(node, f"can never hold{_limits(left if right.literal else right)}")
        elif left.literal != right.literal:
            column, written = (right, left) if left.literal else (left, right)
            self._wanted(node, column, [written], alone=True)
        elif left.values and right.values and left.values.isdisjoint(right.values):
            self._say(node, "the two have no value in common")

    def _member(self, node: ast.expr, left: Domain, right: ast.expr) -> None:
        if not isinstance(right, ast.List | ast.Tuple):
            hint = "write has(LIST, 'code')" if self._of(right).kind == CODES else "a list [..]"
            self._say(node, f"behind `in` a list is wanted; {hint}")
            return
        items = [self._of(item) for item in right.elts]
        if not items:
            self._say(node, "can never hold, as the list is empty")
        if left.kind == ANY:
            return
        wrong = [item for item in items if item.kind != ANY and not _alike(left, item)]
        if wrong:
            hint = "; write date('2020-01-31')" if left.kind == DATE else ""
            self._say(node, f"{WORDS[left.kind]} is compared with {WORDS[wrong[0].kind]}{hint}")
        elif not left.literal:
            self._wanted(node, left, [i for i in items if i.literal], alone=False)

    def _wanted(
        self, node: ast.expr, column: Domain, written: list[Domain], *, alone: bool
    ) -> None:
        """Note literals that never occur; of several, those of the standard may be wanting."""
        if column.kind == NUMBER:
            for one in written:
                fits = column.low <= one.low <= column.high and not (column.whole and one.low % 1)
                if not fits:
                    self._say(node, f"is never {one.low:g}{_limits(column)}")
            return
        given = [value for one in written for value in one.values or ()]
        if column.kind == CODES:
            for value in given:
                if value != ";".join(sorted(set(value.split(";")))):
                    self._say(node, f"`{value}`: the codes of a list are sorted, each once")
            given = [piece for value in given for piece in value.split(";")]
        self._ask(column, given)
        if column.values is None or column.kind == BOOLEAN:
            return
        spared = frozenset() if alone else column.known
        missed = [v for v in given if v not in column.values and v not in spared]
        if not missed and given and column.values.isdisjoint(given):
            missed = given[:1]
        for value in missed:
            self._say(node, f"`{value}` never occurs{_why(column, value)}")

    def _ask(self, column: Domain, values: Iterable[str]) -> None:
        if column.key:
            self.asked.setdefault(column.key, set()).update(values)

    def _contradiction(self, node: ast.BoolOp) -> None:
        """`line == 1 and line == 2` holds for nobody."""
        wanted: dict[str, set[object]] = {}
        for part in node.values:
            if (
                isinstance(part, ast.Compare)
                and [type(op) for op in part.ops] == [ast.Eq]
                and isinstance(part.left, ast.Name)
                and isinstance(part.comparators[0], ast.Constant)
            ):
                wanted.setdefault(part.left.id, set()).add(part.comparators[0].value)
        for name, values in wanted.items():
            if len(values) > 1:
                self._say(node, f"can never hold, as {name} is asked to be two things at once")

    # ---- functions

    def _called(self, node: ast.Call, name: str) -> Domain:
        least, most = ARGUMENTS[name]
        if not least <= len(node.args) <= most:
            wanted = f"{least}" if least == most else f"{least} or more"
            self._say(node, f"{name.rstrip('_')} takes {wanted} argument(s)")
            return Domain()
        make: Callable[[ast.Call], Domain] = getattr(self, f"_call_{name.rstrip('_')}")
        return make(node)

    def _call_days(self, node: ast.Call) -> Domain:
        for argument in node.args:
            self._need(node, self._of(argument), DATE)
        return Domain(NUMBER)

    _call_years = _call_days

    def _call_add_months(self, node: ast.Call) -> Domain:
        self._need(node, self._of(node.args[0]), DATE)
        count = self._of(node.args[1])
        if not (count.kind == NUMBER and count.literal and count.low % 1 == 0):
            self._say(node, "a whole number is wanted, written out")
        return Domain(DATE)

    _call_add_days = _call_add_months

    def _call_date(self, node: ast.Call) -> Domain:
        written = node.args[0]
        if not (isinstance(written, ast.Constant) and _is_day(written.value)):
            self._say(node, "a day that there is, such as date('2020-01-31'), is wanted")
        return Domain(DATE, literal=True)

    def _call_has(self, node: ast.Call) -> Domain:
        codes, code = self._of(node.args[0]), self._of(node.args[1])
        if codes.kind not in (CODES, TEXT, ANY) or codes.literal:
            self._say(node, f"a list of codes is wanted, and this is {WORDS[codes.kind]}")
        elif not (code.kind == TEXT and code.literal):
            self._say(node, "a code between quotation marks is wanted")
        else:
            self._wanted(node, replace(codes, kind=TEXT), [code], alone=True)
        return Domain(BOOLEAN)

    def _call_missing(self, node: ast.Call) -> Domain:
        if self._of(node.args[0]).literal:
            self._say(node, "a column or variable is wanted")
        return Domain(BOOLEAN)

    def _call_min(self, node: ast.Call) -> Domain:
        found = [self._of(argument) for argument in node.args]
        if any(one.literal for one in found):
            self._say(node, "columns or variables are wanted, no constants")
        kinds = {one.kind for one in found} - {ANY}
        if len(kinds) > 1 or kinds - {NUMBER, DATE}:
            self._say(node, "numbers alone or dates alone are wanted")
            return Domain()
        return Domain(kinds.pop()) if kinds else Domain()

    _call_max = _call_min

    def _call_if(self, node: ast.Call) -> Domain:
        self._need(node.args[0], self._of(node.args[0]), BOOLEAN)
        then, other = (self._of(argument) for argument in node.args[1:])
        if ANY in (then.kind, other.kind):
            return Domain()
        if not _alike(then, other):
            self._say(node, f"gives {WORDS[then.kind]} or {WORDS[other.kind]}")
            return Domain()
        both = then.values is not None and other.values is not None
        return Domain(
            then.kind,
            (then.values or frozenset()) | (other.values or frozenset()) if both else None,
            low=min(then.low, other.low),
            high=max(then.high, other.high),
        )


ARGUMENTS: dict[str, tuple[int, int]] = {
    "days": (2, 2), "years": (2, 2), "add_months": (2, 2), "add_days": (2, 2), "date": (1, 1),
    "has": (2, 2), "missing": (1, 1), "min": (1, 99), "max": (1, 99), "if_": (3, 3),
}  # fmt: skip


def _literal(value: object) -> Domain:
    if isinstance(value, bool):
        return Domain(BOOLEAN, literal=True)
    if isinstance(value, int | float):
        return Domain(NUMBER, low=value, high=value, literal=True)
    if isinstance(value, str):
        return Domain(TEXT, frozenset({value}), literal=True)
    return Domain()


def _alike(left: Domain, right: Domain) -> bool:
    """Whether two things can be compared; a list of codes is a text."""
    return {CODES: TEXT}.get(left.kind, left.kind) == {CODES: TEXT}.get(right.kind, right.kind)


def _never(operator: ast.cmpop, left: Domain, right: Domain) -> bool:
    """Whether `left < right` and the like can hold for nobody."""
    if left.literal == right.literal:
        return False
    if isinstance(operator, ast.Lt):
        return left.low >= right.high
    if isinstance(operator, ast.LtE):
        return left.low > right.high
    if isinstance(operator, ast.Gt):
        return left.high <= right.low
    return left.high < right.low


def _is_day(text: object) -> bool:
    try:
        dt.datetime.fromisoformat(str(text))
    except ValueError:
        return False
    return isinstance(text, str)
