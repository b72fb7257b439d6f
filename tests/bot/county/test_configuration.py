"""A county's settings leave as a folder, are compared, taken at once, and taken back."""

import argparse
from contextlib import closing
from pathlib import Path

import pytest

from bot.clock import Clock
from bot.commands.command import Mend
from bot.commands.configuration import configuration_command
from bot.county.publisher import Source, publish, publish_new, sources
from bot.county.rules import adopt, read_rules
from bot.settings import HOME, Settings, read_settings
from handlers.rules import Rules
from storage.work import Work
from tests.fakes.databases import open_memory


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A county with a folder of its own, in which it softened one sentence."""
    county = tmp_path / "county"
    county.mkdir()
    (county / "words.toml").write_text('[home]\nwelcome = "好的，随时说。"\n', "utf-8")
    return read_settings(
        database_url=f"sqlite:///{tmp_path / 'data' / 'x.db'}",
        key_file=tmp_path / "k" / "x.keys",
        county=county,
    )


@pytest.fixture(autouse=True)
def memory(settings: Settings) -> None:
    """Forms are published, and two persons of the county changed a table at the desk."""
    with closing(open_memory(settings, Clock())) as store:
        publish_new(store, [one for one in sources(HOME / "forms") if one.name == "feedback.md"])
        store.write(changed_at_the_desk).result()


def changed_at_the_desk(work: Work) -> None:
    row = work.rule_changes.propose(
        "timing", 'invite_life = "48h"\n', "两天就够", based_on=0, by=1
    )
    assert work.rule_changes.apply(row, by=2)


def config(settings: Settings, what: str, folder: Path | None = None, **more: str | bool) -> int:
    asked = {"what": what, "folder": folder, "why": "", "yes": True, **more}
    return configuration_command(argparse.Namespace(**asked), settings)


def rules_of(settings: Settings) -> Rules:
    """What somebody who starts now goes by."""
    rules = read_rules(settings)
    with closing(open_memory(settings, Clock())) as store:
        adopt(store, rules, settings)
    return rules


def texts(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): file.read_text("utf-8")
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_the_folder_has_what_was_changed_and_nothing_else(
    settings: Settings, tmp_path: Path
) -> None:
    assert config(settings, "export", tmp_path / "out") == 0
    told = texts(tmp_path / "out")
    assert {*told} == {"configuration.toml", "policy/timing.toml", "words.toml"}
    assert told["policy/timing.toml"] == 'invite_life = "48h"\n'
    assert "好的，随时说" in told["words.toml"]


def test_what_was_exported_is_the_same_as_what_counts(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config(settings, "export", tmp_path / "out")
    assert config(settings, "diff", tmp_path / "out") == 0
    assert "和现在用的一样" in capsys.readouterr().out


def test_a_difference_is_told_before_it_counts_and_then_all_of_it_counts(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    config(settings, "export", folder)
    (folder / "policy" / "timing.toml").unlink()
    (folder / "policy" / "limits.toml").write_text("rule_change_persons = 1\n", "utf-8")
    (folder / "words.toml").write_text('[home]\nwelcome = "好，再来。"\n', "utf-8")
    before = texts(folder)
    assert config(settings, "diff", folder) == 1
    told = capsys.readouterr().out
    assert "policy/timing.toml" in told
    assert "invite_life：48h → 72h" in told
    assert "好的，随时说。 → 好，再来。" in told
    assert rules_of(settings).policy.timing["invite_life"].total_seconds() == 48 * 3600
    with pytest.raises(Mend, match="写明为什么"):
        config(settings, "apply", folder)
    assert config(settings, "apply", folder, why="照会议改") == 0
    rules = rules_of(settings)
    assert rules.policy.timing["invite_life"].total_seconds() == 72 * 3600
    assert rules.policy.limits["rule_change_persons"] == 1
    assert rules.words("home.welcome") == "好，再来。"
    assert config(settings, "diff", folder) == 0
    assert texts(folder) == before


def test_all_of_it_is_taken_back(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Mend, match="还没有用 config apply"):
        config(settings, "rollback")
    folder = tmp_path / "out"
    config(settings, "export", folder)
    (folder / "policy" / "timing.toml").write_text('invite_life = "24h"\n', "utf-8")
    (folder / "words.toml").unlink()
    config(settings, "apply", folder, why="照会议改")
    assert rules_of(settings).policy.timing["invite_life"].total_seconds() == 24 * 3600
    assert rules_of(settings).words("home.welcome") != "好的，随时说。"
    assert config(settings, "rollback") == 0
    assert rules_of(settings).policy.timing["invite_life"].total_seconds() == 48 * 3600
    assert rules_of(settings).words("home.welcome") == "好的，随时说。"
    with closing(open_memory(settings, Clock())) as store:
        changes = store.read(lambda look: look.rule_changes.of("timing")).result()
    assert [one.state for one in changes] == ["applied"] * 3
    assert "退回到" in changes[0].why
    assert changes[1].why == "照会议改"


def test_a_form_that_was_published_at_the_desk_leaves_and_comes_back(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = next(one for one in sources(HOME / "forms") if one.name == "feedback.md")
    changed = ours.data.replace("您".encode(), "你".encode())
    with closing(open_memory(settings, Clock())) as store:
        before = store.read(lambda look: look.forms.current("feedback")).result()
        publish(store, [Source(name="feedback.md", data=changed)])
        after = store.read(lambda look: look.forms.current("feedback")).result()
    assert before is not None
    assert after is not None
    assert before.version != after.version
    folder = tmp_path / "out"
    config(settings, "export", folder)
    assert "forms/feedback.json" in texts(folder)
    assert config(settings, "diff", folder) == 0
    (folder / "forms" / "feedback.json").unlink()
    assert config(settings, "diff", folder) == 1
    assert "forms/feedback" in capsys.readouterr().out
    config(settings, "apply", folder, why="用原来的")
    assert version_of(settings) == before.version
    config(settings, "rollback")
    assert version_of(settings) == after.version


def version_of(settings: Settings) -> str:
    with closing(open_memory(settings, Clock())) as store:
        found = store.read(lambda look: look.forms.current("feedback")).result()
    assert found is not None
    return found.version


def test_every_fault_is_said_and_nothing_is_changed(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    config(settings, "export", folder)
    (folder / "policy" / "timing.toml").write_text('invite_life = "bald"\n', "utf-8")
    (folder / "words.toml").write_text('[home]\nnothing_here = "x"\n', "utf-8")
    with pytest.raises(Mend) as wrong:
        config(settings, "apply", folder, why="照会议改")
    told = "\n".join(wrong.value.sentences)
    assert "policy/timing.toml" in told
    assert "words.toml" in told
    assert rules_of(settings).policy.timing["invite_life"].total_seconds() == 48 * 3600


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("policy/tming.toml", "不知道这个文件做什么用"),
        ("forms/feedback.json", "不是导出的问卷"),
        ("words.toml", "UTF-8"),
    ],
)
def test_a_file_that_nobody_understands_is_named(
    settings: Settings, tmp_path: Path, place: str, sentence: str
) -> None:
    folder = tmp_path / "out"
    config(settings, "export", folder)
    (folder / place).parent.mkdir(exist_ok=True)
    (folder / place).write_bytes("[家]".encode("gbk"))
    with pytest.raises(Mend, match=sentence):
        config(settings, "diff", folder)


def test_another_folder_is_not_taken_for_settings(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(Mend, match="不是导出的设置"):
        config(settings, "apply", tmp_path / "empty", why="照会议改")


def test_a_folder_that_is_not_empty_is_left_alone(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("x")
    with pytest.raises(Mend, match="换一个新文件夹"):
        config(settings, "export", tmp_path / "out")
    assert texts(tmp_path / "out") == {"mine.txt": "x"}


def test_nobody_shuts_the_county_out_of_its_own_settings(
    settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    config(settings, "export", folder)
    roles = read_rules(settings).policy.roles
    text = "".join(f"[{name}]\nmanages = []\n" for name in roles)
    (folder / "policy" / "roles.toml").write_text(text, "utf-8")
    with pytest.raises(Mend, match="没有人能再改"):
        config(settings, "apply", folder, why="照会议改")
