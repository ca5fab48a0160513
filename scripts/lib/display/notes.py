"""Footnotes of tables: signs in the order in which texts come up, and which test gave which P."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

MARKS = "ᵃᵇᶜᵈᵉᶠᵍʰ"

KINDS = (
    "Marginal: hazard ratio of all patients together; conditional: of patients alike in the "
    "covariates of the model. The two differ even without confounding: one is not the other "
    "corrected."
)


def kinds_note(marginal: Sequence[str], conditional: Sequence[str]) -> str:
    """Which hazard ratios are of all patients together and which of patients alike.

    The two differ even where nothing confounds (a hazard ratio does not collapse), so that one
    beside the other is no change of effect.
    """
    return (
        f"Marginal, of all patients together: {'; '.join(marginal)}. Conditional, of patients "
        f"alike in the other covariates of the model: {'; '.join(conditional)}. The two differ "
        "even without confounding: one is not the other corrected."
    )


class Notes:
    """Footnotes by sign: one text, one sign; signs in the order in which they come up."""

    def __init__(self) -> None:
        self.signs: dict[str, str] = {}

    def mark(self, text: str) -> str:
        """The sign of a text; empty without a text."""
        if not text:
            return ""
        place = len(self.signs)
        sign = MARKS[place % len(MARKS)] * (1 + place // len(MARKS))
        return self.signs.setdefault(text, sign)

    def lines(self) -> list[str]:
        """The footnotes."""
        return [f"{sign}{text[:1].upper()}{text[1:]}." for text, sign in self.signs.items()]


class Tests:
    """Which tests gave the P values of a table, in the words of the statistics."""

    def __init__(self) -> None:
        self.labels: dict[str, list[str]] = {}

    def add(self, method: str, label: str) -> None:
        """Keep the method of one P value, and what it stands beside."""
        known = self.labels.setdefault(method, [])
        if label not in known:
            known.append(label)

    def line(self) -> list[str]:
        """`P-values: METHOD (what; what), METHOD (...). Two-sided.`; none without a P value."""
        return tests_line(self.labels)


def tests_line(labels: Mapping[str, Sequence[str]]) -> list[str]:
    """One footnote on methods and what they compared; one method alone needs no list."""
    if not labels:
        return []
    if len(labels) == 1:
        return [f"P-values: {next(iter(labels))}. Two-sided."]
    parts = (f"{method} ({'; '.join(names)})" for method, names in labels.items())
    return [f"P-values: {', '.join(parts)}. Two-sided."]
