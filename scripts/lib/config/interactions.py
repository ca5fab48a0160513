"""Sub-section `sensitivity.interactions`: multiplicity of the tests of interaction."""

from __future__ import annotations

from pydantic import Field

from scripts.lib.config.report import AnyFigure
from scripts.lib.config.response_limits import ShownTable
from scripts.lib.config.study import Section


class Interactions(Section):
    """Interaction P of every subgroup factor with Holm's and Benjamini-Hochberg's adjustment."""

    table: ShownTable = Field(description="how the table of it is called")
    figure: AnyFigure = Field(description="the figure of these results")
