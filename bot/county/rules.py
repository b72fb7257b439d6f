"""What a county goes by: the tables and the sentences, its own over ours."""

from collections.abc import Sequence
from pathlib import Path

from bot.county import rule_tables
from bot.settings import HOME, Settings
from handlers.rules import Rules
from policy.faults import PolicyFault, PolicyFaults
from policy.tables import Policy, load_policy
from policy.words import load_words
from storage.store import Store


def read_rules(settings: Settings) -> Rules:
    """The tables and the sentences, the county's over ours. Raises PolicyFaults with them all."""
    ours = HOME / "policy"
    try:
        words = load_words(ours / "words.toml", settings.county)
    except PolicyFaults as wrong:
        raise PolicyFaults([*wrong.faults, *_policy_faults(ours, settings.county)]) from None
    policy = load_policy(ours, settings.county)
    return Rules(
        policy=policy,
        words=words,
        zone=settings.zone,
        paper_files=_paper_files(policy, settings.county),
    )


def adopt(store: Store, rules: Rules, settings: Settings) -> None:
    """What was changed at the office page counts for commands, too. Raises PolicyFaults."""
    ours = HOME / "policy"
    store.read(lambda reading: rule_tables.adopt(reading, rules, ours, settings.county)).result()


def _paper_files(policy: Policy, county: Path | None) -> dict[str, bytes]:
    """The county's own Word files in place of our papers. Raises PolicyFaults."""
    files = sorted((county / "papers").glob("*.docx")) if county else []
    if not files:
        return {}
    from handlers.papers import paper_writing

    faults = [
        PolicyFault(
            code="unknown-paper",
            file=f"papers/{file.name}",
            values={"known": "、".join(f"{name}.docx" for name in policy.papers.papers)},
        )
        for file in files
        if file.stem not in policy.papers.papers
    ]
    faults += [
        PolicyFault(code="no-word-file", file=f"papers/{file.name}")
        for file in files
        if not paper_writing.opens(file.read_bytes())
    ]
    if faults:
        raise PolicyFaults(faults)
    return {file.stem: file.read_bytes() for file in files}


def _policy_faults(ours: Path, county: Path | None) -> Sequence[PolicyFault]:
    try:
        load_policy(ours, county)
    except PolicyFaults as wrong:
        return wrong.faults
    return ()
