"""Writes walks over our own forms with what ODK's engine says, for machines without Node.

python -m tests.oracle.record
"""

import json

from tests.oracle.walks import HERE, States, Walk, random_walk, their_states, xml_of

FORMS = HERE.parents[1] / "forms"
RECORDS = HERE / "recorded"
SEEDS, MOVES = range(100, 103), 15


def main() -> None:
    """Record every form anew."""
    RECORDS.mkdir(exist_ok=True)
    for source in sorted(FORMS.glob("*.md")):
        xml = xml_of(source)
        walks = [random_walk(source.stem, xml, seed=seed, moves=MOVES) for seed in SEEDS]
        record = {
            "xml": xml,
            "walks": [
                {"moves": walk.moves, "states": changes(states)}
                for walk, states in zip(walks, their_states(walks), strict=True)
                if not isinstance(states, str)
            ],
        }
        written = json.dumps(record, ensure_ascii=False, indent=1)
        (RECORDS / f"{source.stem}.json").write_text(written + "\n", "utf-8")


def changes(states: list[States]) -> list[States]:
    """All nodes at first, then only those that are not as before."""
    found, before = [], States()
    for now in states:
        found.append({path: state for path, state in now.items() if before.get(path) != state})
        before = now
    return found


def unfolded(found: list[States]) -> list[States]:
    """The states of all nodes after every move; no form of ours takes a node away."""
    states, now = [], States()
    for change in found:
        now = {**now, **change}
        states.append(now)
    return states


def read(name: str) -> list[tuple[Walk, list[States]]]:
    """The recorded walks over a form, each with the states of the other engine."""
    record = json.loads((RECORDS / f"{name}.json").read_text("utf-8"))
    return [
        (
            Walk(name=name, xml=record["xml"], moves=tuple(walk["moves"])),
            unfolded(walk["states"]),
        )
        for walk in record["walks"]
    ]


if __name__ == "__main__":
    main()
