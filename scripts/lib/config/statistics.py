"""Section `statistics`: which statistics are computed, and every convention behind them.

Names of variables are those of `cohort.variables`; their levels and order are declared there.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from scripts.lib.config.study import Section

Kind = Literal["numeric", "categorical", "time_to_event"]


class PrintedNumbers(Section):
    """Decimals and rounding of what tables print."""

    percent_rounding: Literal["half_up", "half_even"] = "half_up"
    percent_decimals: int = Field(1, ge=0, le=4)
    p_decimals: int = Field(3, ge=2, le=6)
    ratio_decimals: int = Field(3, ge=1, le=6, description="hazard ratios and their limits")
    number_decimals: int = Field(2, ge=0, le=6, description="means, medians, months")
    not_reached: str = Field("NA", description="printed for a median or limit not reached")
    not_available: str = Field("-", description="printed for what cannot be computed")
    not_collected: str = Field("Not collected", description="printed for what is declared absent")


class Normality(Section):
    """When a numeric variable counts as normal."""

    test: Literal["kolmogorov_smirnov"] = "kolmogorov_smirnov"
    form: Literal["lilliefors", "estimated"] = Field(
        "lilliefors",
        description="P of the one-sample test against a normal with the sample's mean and SD: "
        "corrected for estimating them (lilliefors) or as if they were known (estimated)",
    )
    alpha: float = Field(0.05, gt=0, lt=1, description="below it, not normal")
    within: Literal["arm", "all"] = Field("arm", description="normal in every arm, or in all")


class Tests(Section):
    """How groups are compared."""

    normality: Normality = Normality()  # type: ignore[call-arg]
    equal_variances: bool = Field(True, description="Student (true) or Welch t test (false)")
    min_expected: float = Field(5, ge=0, description="below it in any cell: exact Fisher test")
    continuity_correction: bool = Field(False, description="Yates, in 2 x 2 tables")
    alpha: float = Field(0.05, gt=0, lt=1, description="significant below it; two-sided")


class Survival(Section):
    """Kaplan-Meier estimates."""

    interval: Literal["log", "log-log", "plain"] = Field("log", description="scale of the limits")
    every_months: int = Field(1, ge=1, description="step of at-risk and survival rows")
    until_months: int | None = Field(
        None, ge=1, description="last month of at-risk and survival rows; null: to the last time"
    )
    days: list[int] = Field([], description="days at which both are given, beside the months")

    @field_validator("days")
    @classmethod
    def _days_from_the_start_on(cls, days: list[int]) -> list[int]:
        if min(days, default=1) < 1 or len(set(days)) < len(days):
            raise ValueError("days: whole numbers from 1 on, each once")
        return sorted(days)


class Described(Section):
    """One variable of a descriptive table."""

    name: str
    kind: Kind = "categorical"
    test: Literal["overall", "each_level", "none"] = Field(
        "overall", description="one P value, one for each level against the rest, or none"
    )
    levels: list[str] | None = Field(None, description="only these, in this order")
    where: str | None = Field(None, description="expression: only these patients are counted")
    denominator: Literal["known", "all"] = Field(
        "known", description="patients whose value is known, or all (missing: not that level)"
    )
    endpoint: str | None = Field(None, description="time to event: which endpoint")
    decimals: int | None = Field(None, ge=0, le=6)

    @model_validator(mode="after")
    def _time_to_event_names_its_endpoint(self) -> Described:
        if (self.kind == "time_to_event") != (self.endpoint is not None):
            raise ValueError(f"{self.name}: `endpoint` belongs to `kind: time_to_event`")
        return self


class Description(Section):
    """Variables described by arm."""

    variables: list[Described]
    percent_rounding: Literal["half_up", "half_even"] | None = None


class ResponseRow(Section):
    """A parameter of ADRS that is counted."""

    parameter: str = Field(description="PARAMCD")
    levels: list[str] = Field(description="AVALC counted, in this order")
    test: bool = False
    labels: dict[str, str] = Field({}, description="AVALC -> level in the results, e.g. Y: yes")


class Response(Section):
    """Tumour response."""

    rows: list[ResponseRow]
    percent_rounding: Literal["half_up", "half_even"] | None = None


class EventCount(Section):
    """Patients with at least one adverse event that `where` selects."""

    variable: str
    where: str | None = Field(None, description="expression over ADAE; all events when absent")
    by: str | None = Field(None, description="column whose values are counted apart, e.g. AEDECOD")
    levels: list[str] = Field([], description="values first in this order; others by frequency")


class AdverseEvents(Section):
    """Adverse events by patient."""

    where: str | None = Field("TRTEMFL", description="events that count at all")
    counts: list[EventCount]
    percent_rounding: Literal["half_up", "half_even"] | None = None


class FollowUp(Section):
    """Reverse Kaplan-Meier follow-up."""

    endpoint: str = "os"


class Stratum(Section):
    """Curves and log-rank test by a variable: apart in each arm, or arm by variable together."""

    name: str
    within_arm: bool


class CoxTerm(Section):
    """A covariate of the Cox models."""

    name: str
    kind: Literal["numeric", "categorical"] = "categorical"
    reference: str | None = Field(None, description="compared with; the first level when absent")
    enters: Literal["by_p", "always", "never"] = Field(
        "by_p", description="multivariable model: when any level's P is below entry_alpha, ..."
    )
    coding_of: str | None = Field(None, description="another coding of this variable")


class Cox(Section):
    """Cox models."""

    ties: Literal["efron", "breslow"] = "efron"
    entry_alpha: float = Field(0.10, gt=0, le=1, description="enters below it, unrounded Wald P")
    display_p: Literal["wald", "log_rank"] = Field(
        "wald", description="test whose P stands beside the univariable HR of treatment"
    )
    treatment_first: bool = Field(False, description="treatment before the terms in the models")
    terms: list[CoxTerm]

    @model_validator(mode="after")
    def _one_coding_enters(self) -> Cox:
        enters = {term.name for term in self.terms if term.enters != "never"}
        both = [t.name for t in self.terms if t.name in enters and t.coding_of in enters]
        if both:
            raise ValueError(
                f"{', '.join(both)}: two codings of one variable could enter a model together; "
                "write `enters: never` at one of them"
            )
        return self


class Subgroups(Section):
    """Treatment effect in subgroups."""

    variables: list[str]


class ReferenceSoftware(Section):
    """The software whose conventions are followed, for the record."""

    name: str = "R"
    version: str = "4.2.3"


class Statistics(Section):
    """Statistics and their conventions."""

    reference_software: ReferenceSoftware = ReferenceSoftware()
    endpoints: list[str] = Field(min_length=1, description="analysed one by one; ids of endpoints")
    printed: PrintedNumbers = PrintedNumbers()  # type: ignore[call-arg]
    tests: Tests = Tests()  # type: ignore[call-arg]
    survival: Survival = Survival()  # type: ignore[call-arg]
    baseline: Description
    treatment_patterns: Description
    progression_sites: Description
    response: Response
    adverse_events: AdverseEvents
    follow_up: FollowUp = FollowUp()
    strata: list[Stratum] = []
    cox: Cox
    subgroups: Subgroups

    @model_validator(mode="after")
    def _only_baseline_describes_times(self) -> Statistics:
        for part in (self.treatment_patterns, self.progression_sites):
            if any(variable.kind == "time_to_event" for variable in part.variables):
                raise ValueError("only `baseline` describes variables of kind time_to_event")
        return self
