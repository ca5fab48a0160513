"""Section `statistics`: which statistics are computed, and every convention behind them.

Names of variables are those of `cohort.variables`; their levels and order are declared there.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from scripts.lib.config.study import Section

Kind = Literal["numeric", "categorical", "time_to_event"]


class PrintedNumbers(Section):
    """Decimals and rounding of what tables print."""

    percent_rounding: Literal["half_up", "half_even"] = Field(
        "half_up", description="a percentage half way goes up, or to the even digit (as in R)"
    )
    percent_decimals: int = Field(1, ge=0, le=4, description="decimals of percentages")
    p_decimals: int = Field(
        3,
        ge=2,
        le=6,
        description="decimals of P values; a smaller P is printed as below the last",
    )
    ratio_decimals: int = Field(3, ge=1, le=6, description="hazard ratios and their limits")
    number_decimals: int = Field(2, ge=0, le=6, description="means, medians, months")
    not_reached: str = Field("NA", description="printed for a median or limit not reached")
    not_available: str = Field("-", description="printed for what cannot be computed")
    not_collected: str = Field("Not collected", description="printed for what is declared absent")


class Normality(Section):
    """When a numeric variable counts as normal."""

    test: Literal["kolmogorov_smirnov"] = Field(
        "kolmogorov_smirnov", description="the test of normality; there is no other"
    )
    form: Literal["lilliefors", "estimated"] = Field(
        "lilliefors",
        description="P of the one-sample test against a normal with the sample's mean and SD: "
        "corrected for estimating them (lilliefors) or as if they were known (estimated)",
    )
    alpha: float = Field(0.05, gt=0, lt=1, description="below it, not normal")
    within: Literal["arm", "all"] = Field("arm", description="normal in every arm, or in all")


class Tests(Section):
    """How groups are compared."""

    normality: Normality = Field(
        Normality(),  # type: ignore[call-arg]
        description="decides between mean and t test, and median and rank test",
    )
    equal_variances: bool = Field(True, description="Student (true) or Welch t test (false)")
    min_expected: float = Field(5, ge=0, description="below it in any cell: exact Fisher test")
    continuity_correction: bool = Field(False, description="Yates, in 2 x 2 tables")
    alpha: float = Field(0.05, gt=0, lt=1, description="significant below it; two-sided")


class Survival(Section):
    """Kaplan-Meier estimates."""

    interval: Literal["log", "log-log", "plain"] = Field("log", description="scale of the limits")
    every_months: int = Field(1, ge=1, description="step of at-risk and survival rows")
    until_months: int | None = Field(
        None,
        ge=1,
        description="last month of at-risk and survival rows; null: to the last time",
        examples=[36],
    )
    days: list[int] = Field(
        [],
        description="days at which both are given, beside the months",
        examples=[[90, 180, 365]],
    )

    @field_validator("days")
    @classmethod
    def _days_from_the_start_on(cls, days: list[int]) -> list[int]:
        if min(days, default=1) < 1 or len(set(days)) < len(days):
            raise ValueError("days: whole numbers from 1 on, each once")
        return sorted(days)


class Described(Section):
    """One variable of a descriptive table."""

    name: str = Field(description="one of `cohort.variables`, in adsl", examples=["SEX"])
    kind: Kind = Field(
        "categorical",
        description="numeric: mean or median; categorical: n and percent a level; time_to_event: "
        "Kaplan-Meier median (only under `baseline`)",
    )
    test: Literal["overall", "each_level", "none"] = Field(
        "overall", description="one P value, one for each level against the rest, or none"
    )
    levels: list[str] | None = Field(
        None,
        description="only these, in this order; left out: those of the variable",
        examples=[["yes", "no"]],
    )
    where: str | None = Field(
        None,
        description="expression over adsl: only these patients are counted; left out: all",
        examples=["L2RT"],
    )
    denominator: Literal["known", "all"] = Field(
        "known", description="patients whose value is known, or all (missing: not that level)"
    )
    endpoint: str | None = Field(
        None, description="time_to_event: id of the endpoint", examples=["pfs1"]
    )
    decimals: int | None = Field(
        None,
        ge=0,
        le=6,
        description="numeric: decimals printed; left out: `printed.number_decimals`",
        examples=[1],
    )

    @model_validator(mode="after")
    def _time_to_event_names_its_endpoint(self) -> Described:
        if (self.kind == "time_to_event") != (self.endpoint is not None):
            raise ValueError(f"{self.name}: `endpoint` belongs to `kind: time_to_event`")
        return self


def _rounding() -> Any:
    return Field(
        None,
        description="of the percentages here; left out: `printed.percent_rounding`",
    )


class Description(Section):
    """Variables described by arm."""

    variables: list[Described] = Field(
        description="what is described, one by one; [] for nothing",
        examples=[[{"name": "AGE", "kind": "numeric"}, {"name": "SEX"}]],
    )
    percent_rounding: Literal["half_up", "half_even"] | None = _rounding()


class ResponseRow(Section):
    """A parameter of ADRS that is counted."""

    parameter: str = Field(
        description="PARAMCD of adrs: BOR, ORR, DCR, CBOR, CORR, or with the name of one of "
        "`endpoints.more_responses` behind",
        examples=["ORR"],
    )
    levels: list[str] = Field(
        description="AVALC counted, in this order; Y in quotes", examples=[["Y"]]
    )
    test: bool = Field(False, description="true: a P value between the arms")
    labels: dict[str, str] = Field(
        {},
        description="AVALC: its name in the results; empty: as it is",
        examples=[{"Y": "yes"}],
    )


class Response(Section):
    """Tumour response."""

    rows: list[ResponseRow] = Field(
        description="parameters that are counted, one by one",
        examples=[[{"parameter": "BOR", "levels": ["CR", "PR", "SD", "PD"]}]],
    )
    percent_rounding: Literal["half_up", "half_even"] | None = _rounding()


class EventCount(Section):
    """Patients with at least one adverse event that `where` selects."""

    variable: str = Field(description="name of the count in results and tables", examples=["ANYAE"])
    where: str | None = Field(
        None,
        description="expression over adae: events that count here; left out: all",
        examples=["AETOXGR >= 3"],
    )
    by: str | None = Field(
        None,
        description="column of adae whose values are counted apart; left out: one count",
        examples=["AEDECOD"],
    )
    levels: list[str] = Field(
        [],
        description="by: values that come first, in this order; others by frequency",
        examples=[["anemia", "rash"]],
    )


class AdverseEvents(Section):
    """Adverse events by patient."""

    where: str | None = Field(
        "TRTEMFL", description="expression over adae: events that count at all; null: all"
    )
    counts: list[EventCount] = Field(
        description="what is counted, one by one",
        examples=[[{"variable": "ANYAE"}, {"variable": "AEDECOD", "by": "AEDECOD"}]],
    )
    percent_rounding: Literal["half_up", "half_even"] | None = _rounding()


class FollowUp(Section):
    """Reverse Kaplan-Meier follow-up."""

    endpoint: str = Field("os", description="endpoint whose time is turned round, one analysed")


class Stratum(Section):
    """Curves and log-rank test by a variable: apart in each arm, or arm by variable together."""

    name: str = Field(description="one of `cohort.variables`, with levels", examples=["L2PATT"])
    within_arm: bool = Field(
        description="true: levels compared within each arm; false: arm by level, all curves",
        examples=[True],
    )


class CoxTerm(Section):
    """A covariate of the Cox models."""

    name: str = Field(description="one of `cohort.variables`, in adsl", examples=["AGE"])
    kind: Literal["numeric", "categorical"] = Field(
        "categorical",
        description="numeric: hazard ratio per unit; categorical: each level against `reference`",
    )
    reference: str | None = Field(
        None,
        description="categorical: level compared with; left out: the first level",
        examples=["male"],
    )
    enters: Literal["by_p", "always", "never"] = Field(
        "by_p",
        description="the multivariable model: when the P of any of its levels is below "
        "`entry_alpha`, always, or never",
    )
    coding_of: str | None = Field(
        None,
        description="term that this one codes in another way: the two never enter together",
        examples=["L1PFS"],
    )


class Cox(Section):
    """Cox models."""

    ties: Literal["efron", "breslow"] = Field(
        "efron", description="how events of one day are treated; efron is R's default"
    )
    entry_alpha: float = Field(0.10, gt=0, le=1, description="enters below it, unrounded Wald P")
    display_p: Literal["wald", "log_rank"] = Field(
        "wald", description="test whose P stands beside the univariable HR of treatment"
    )
    treatment_first: bool = Field(False, description="treatment before the terms in the models")
    terms: list[CoxTerm] = Field(
        description="covariates beside treatment, each with a univariable model of its own",
        examples=[[{"name": "AGE", "kind": "numeric"}, {"name": "SEX", "reference": "male"}]],
    )

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

    variables: list[str] = Field(
        description="`cohort.variables` with levels; [] for no subgroup",
        examples=[["AGEGR1", "SEX"]],
    )


class ReferenceSoftware(Section):
    """The software whose conventions are followed, for the record."""

    name: str = Field("R", description="name of the software")
    version: str = Field("4.2.3", description="its version, in quotes")


class Statistics(Section):
    """Statistics and their conventions."""

    reference_software: ReferenceSoftware = Field(
        ReferenceSoftware(),  # type: ignore[call-arg]
        description="whose conventions are followed; only said, nothing is computed with it",
    )
    endpoints: list[str] = Field(
        min_length=1,
        description="ids of `endpoints.time_to_event` that are analysed, one by one",
        examples=[["pfs", "os"]],
    )
    printed: PrintedNumbers = Field(
        PrintedNumbers(),  # type: ignore[call-arg]
        description="decimals and rounding of tables; no computed number changes",
    )
    tests: Tests = Field(
        Tests(),  # type: ignore[call-arg]
        description="which test compares the arms",
    )
    survival: Survival = Field(
        Survival(),  # type: ignore[call-arg]
        description="limits of Kaplan-Meier curves, and the times at which they are stated",
    )
    baseline: Description = Field(description="table of baseline characteristics")
    treatment_patterns: Description = Field(description="table of the treatment given")
    progression_sites: Description = Field(description="where the disease progressed")
    response: Response = Field(description="which parameters of response are counted")
    adverse_events: AdverseEvents = Field(description="which adverse events are counted")
    follow_up: FollowUp = Field(
        FollowUp(),  # type: ignore[call-arg]
        description="median time under observation",
    )
    strata: list[Stratum] = Field(
        [],
        description="curves and log-rank tests by the levels of a variable",
        examples=[[{"name": "L2PATT", "within_arm": True}]],
    )
    cox: Cox = Field(description="univariable and multivariable Cox models")
    subgroups: Subgroups = Field(description="treatment effect in the levels of variables")

    @model_validator(mode="after")
    def _only_baseline_describes_times(self) -> Statistics:
        for part in (self.treatment_patterns, self.progression_sites):
            if any(variable.kind == "time_to_event" for variable in part.variables):
                raise ValueError("only `baseline` describes variables of kind time_to_event")
        return self
