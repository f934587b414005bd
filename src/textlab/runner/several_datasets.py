"""The table of a grid file that states several datasets, written once the grids of all of them have ended."""

from collections.abc import Sequence
from pathlib import Path

from textlab import record
from textlab.paths import REPORTS
from textlab.runner.campaign import Campaign, Result


def chosen_datasets(stated: Sequence[str], wanted: Sequence[str], settings: Sequence[str] = ()) -> list[str]:
    """Return the datasets of a grid file that were asked for, in the file's order; all if none was.

    Args:
        stated: the datasets of the file.
        wanted: the values of the option --dataset.
        settings: the values of the option --set, such as "seed=3".

    Raises:
        ValueError: one is not in the file, or a setting would replace several datasets by another one.
    """
    if len(stated) > 1 and any(setting.partition("=")[0] == "dataset" for setting in settings):
        raise ValueError(
            f"--set dataset would replace each of the {len(stated)} datasets of the grid file. Choose among them with "
            "--dataset."
        )
    unknown = [name for name in wanted if name not in stated]
    if unknown:
        raise ValueError(f"--dataset {unknown[0]} is not in the grid file. It states: {', '.join(stated)}.")
    return [name for name in stated if not wanted or name in wanted]


def write_tables(name: str, ended: Sequence[tuple[Campaign, Result]]) -> Path:
    """Write index.html and scores.csv into the report's folder `name`, and return the page.

    Args:
        name: the name in the grid file.
        ended: the campaign of each dataset with its result.
    """
    from textlab.data.discovery import benchmark_of
    from textlab.report.across_datasets import scores_across_datasets, write_across_datasets
    from textlab.report.leaderboard import write_table

    runs = {
        campaign.grid.dataset: record.get_runs(result.report.leaderboard["run_id"].loc[lambda ids: ids != ""].tolist())
        for campaign, result in ended
    }
    primary = {campaign.grid.dataset: campaign.grid.primary_metric for campaign, _ in ended}
    answers = {
        campaign.grid.dataset: (
            result.report.answer or result.report.error or "",
            f"../{campaign.grid.name}/comparison.html" if result.report.is_complete else "",
        )
        for campaign, result in ended
    }
    benchmark = benchmark_of(list(runs))
    scores = scores_across_datasets(runs, primary, benchmark)
    page = REPORTS / name / "index.html"
    write_table(scores, page.with_name("scores.csv"))
    write_across_datasets(page, name, scores, answers, benchmark)
    return page
