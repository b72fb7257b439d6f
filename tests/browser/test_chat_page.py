"""The chat page in a real browser, at the size of a cheap phone."""

import io
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from bot.channels.channel import Outgoing
from conversation.cards import Card
from conversation.incoming import SharedPlace
from tests.bot.site.village import DANGER, HOME, card
from tests.browser.conftest import PEOPLE, Phone, Site

pytestmark = pytest.mark.browser

GREETING = HOME.text.split("\n")[0]


def address(phone: Phone) -> str:
    (found,) = phone.site.village.people
    return found


# -- talking ----------------------------------------------------------------------------------


def test_a_neighbour_raises_the_alarm_with_two_taps_and_a_sentence(phone: Phone) -> None:
    phone.opens()
    assert phone.can_press()[0] == DANGER
    phone.presses(DANGER)
    phone.sees("先打110")
    assert [call.get_attribute("href") for call in phone.all(".row:last-child .call")] == [
        "tel:110",
        "tel:120",
    ]
    phone.presses("石桥村三组")
    phone.sees("现在怎么了？")
    phone.types("三组张大爷家的孙子一个人在家发烧")
    phone.sees("已经告诉石桥村的人")
    assert phone.reads() == [
        GREETING,
        f"我：{DANGER}",
        "先打110。有人受伤，打120。",
        "我：石桥村三组",
        "现在怎么了？写一句话就行。",
        "我：三组张大爷家的孙子一个人在家发烧",
        "已经告诉石桥村的人和派出所。",
    ]
    phone.until(lambda: phone.one(".latest").text == "✓ 已送达")
    assert phone.complaints() == []


def test_what_asks_is_told_to_be_shown_once_somebody_can_see_it(phone: Phone) -> None:
    phone.opens()
    phone.sees(GREETING)
    village, mine = phone.site.village, address(phone)
    phone.site.do(village.send(mine, card("不急的一句话")))
    seen = phone.site.do(village.send(mine, card("紧急：请您马上看"), asks=True))
    phone.until(lambda: village.displayed == [(mine, seen.id)])
    # Behind another page nobody sees it; a line that fails is no word of it.
    phone.script(
        "const hidden = {value: true, configurable: true, writable: true};"
        "Object.defineProperty(document, 'hidden', hidden)"
    )
    unseen = phone.site.do(village.send(mine, card("紧急：又一件"), asks=True))
    phone.sees("又一件")
    assert village.displayed == [(mine, seen.id)]
    village.busy = 1
    phone.script("document.hidden = false; document.dispatchEvent(new Event('visibilitychange'))")
    phone.until(lambda: len(village.displayed) > 1)
    village.busy = 0
    phone.script("document.dispatchEvent(new Event('visibilitychange'))")
    phone.until(lambda: village.displayed[1:] == [(mine, unseen.id)] * 2)
    phone.script("document.dispatchEvent(new Event('visibilitychange'))")
    phone.site.do(village.send(mine, card("完了")))
    phone.sees("完了")
    assert len(village.displayed) == 3


def test_an_alarm_that_a_colleague_takes_gives_the_keys_back_and_pulls_nobody_up(
    phone: Phone,
) -> None:
    phone.opens()
    phone.sees(GREETING)
    village, mine = phone.site.village, address(phone)
    alarm = card("紧急：孩子现在有危险", ("我来处理",), ("看详情",))
    asked = phone.site.do(village.send(mine, alarm, asks=True))
    phone.until(lambda: phone.can_press() == ["我来处理", "看详情"])
    phone.site.do(village.send(mine, card("\n".join(f"第{n}行" for n in range(60)), ("上一步",))))
    phone.until(lambda: phone.can_press() == ["上一步"])
    time.sleep(0.5)  # until the new keys have their place
    phone.script("document.getElementById('log').scrollTop = 800")  # somewhere in the long card
    taken = card("陈主任 已接。", ("看详情",))
    phone.site.do(village.send(mine, taken, replaces=str(asked.id)))
    phone.until(lambda: any("已接" in words for words in phone.reads()))
    assert phone.can_press() == ["上一步"]
    assert 700 < phone.script("return document.getElementById('log').scrollTop") < 900
    assert phone.complaints() == []


def test_several_choices_change_one_bubble_and_leave_no_others(phone: Phone) -> None:
    phone.opens()
    phone.presses("我要报告")
    phone.presses("☐ 身上有伤")
    phone.presses("☐ 被人欺负")
    phone.presses("☑ 身上有伤")
    phone.until(lambda: "☐ 身上有伤" in phone.can_press())
    assert "☑ 被人欺负" in phone.can_press()
    phone.until(lambda: phone.reads() == [GREETING, "我：我要报告", "第 1/6 步"])
    phone.presses("完成（已选 1）")
    phone.sees("第 2/6 步")
    assert phone.site.village.heard() == ["/start", "#1", "#2", "#3", "#2", "#6"]


@pytest.mark.parametrize("style", ["way", "main"])
def test_the_way_on_is_in_sight_below_eight_answers(phone: Phone, style: str) -> None:
    phone.opens()
    phone.sees(GREETING)
    answers = [(f"☐ 第{number}样",) for number in range(1, 9)]
    asked = card("见到了谁？", *answers, ("选好了",), ("上一步", "稍后继续", "取消"))
    rows = list(asked.rows)
    rows[8] = (replace(rows[8][0], style=style),)
    phone.site.do(phone.site.village.send(address(phone), replace(asked, rows=tuple(rows))))
    phone.sees("见到了谁？")
    shown = """
        const [button] = [...document.querySelectorAll("#quick button")].filter(
            (one) => one.textContent === arguments[0]);
        const box = button.getBoundingClientRect();
        const x = box.x + box.width / 2;
        return [box.top + 1, box.bottom - 1].every(
            (y) => button === document.elementFromPoint(x, y));
    """
    phone.until(lambda: phone.script(shown, "选好了"))
    # By keys: each answer comes into sight above it, in the order in which they stand.
    phone.script('document.querySelector("#quick button").focus()')
    met = []
    for _ in range(12):
        at = phone.driver.switch_to.active_element
        met.append(at.text)
        assert phone.script(shown, at.text)
        at.send_keys(Keys.TAB)
    assert met == phone.can_press()
    assert phone.complaints() == []


def test_a_hasty_double_tap_is_one_press(phone: Phone) -> None:
    phone.opens()
    phone.script("const b = document.querySelector('#quick button'); b.click(); b.click();")
    phone.sees("先打110")
    assert phone.site.village.heard() == ["/start", "#0"]


def test_an_earlier_card_can_still_be_pressed(phone: Phone) -> None:
    phone.opens()
    phone.presses("我要报告")
    phone.sees("第 1/6 步")
    phone.one(".fold").click()
    phone.presses("查进度")
    phone.sees(GREETING)
    assert phone.site.village.heard() == ["/start", "#1", "#2"]


def test_a_card_that_nobody_answered_keeps_its_buttons_in_sight(phone: Phone) -> None:
    phone.opens()
    phone.site.do(phone.site.village.send(address(phone), card("石桥村有孩子有危险", ("我去看",))))
    phone.sees("石桥村有孩子有危险")
    phone.site.do(phone.site.village.send(address(phone), card("今天下午开会", ("知道了",))))
    phone.sees("今天下午开会")
    assert phone.can_press() == ["知道了"]
    assert "我去看" in [button.text for button in phone.all(".inline button")]


def test_an_addition_names_the_card_that_it_belongs_to(phone: Phone) -> None:
    phone.opens()
    phone.presses(DANGER)
    phone.presses("青山村")
    phone.sees("现在怎么了？")
    phone.types("有人打孩子")
    phone.sees("已经告诉")
    phone.one(".row:last-child .reply").click()
    phone.types("孩子在门外哭")
    phone.sees("记下了：孩子在门外哭")
    phone.types("这句不是补充")
    phone.sees("记下了：这句不是补充")
    village = phone.site.village
    shown = [out for out, _ in village.people[address(phone)].shown]
    receipt = next(out.id for out in shown if "回执号" in out.card.text)
    assert [arrival.replies_to for arrival in village.arrivals[-2:]] == [str(receipt), None]
    assert phone.all(".me q")[0].text == "已经告诉石桥村的人和派出所。"


def test_after_a_reload_everything_stands_as_it_was_said(phone: Phone) -> None:
    phone.opens()
    phone.presses(DANGER)
    phone.presses("青山村")
    phone.sees("现在怎么了？")
    phone.types("有人打孩子")
    phone.sees("已经告诉")
    before = phone.reads()
    phone.opens()
    assert phone.reads() == before
    assert phone.can_press() == ["补充情况", "回到开头"]
    assert phone.site.village.heard() == ["/start", "#0", "#3", "有人打孩子"]


def test_words_not_yet_sent_are_there_after_a_reload(phone: Phone) -> None:
    phone.opens()
    phone.one("#text").send_keys("还没写完")
    phone.opens()
    assert phone.one("#text").get_attribute("value") == "还没写完"


def test_a_message_is_sent_with_the_button_too_and_lines_can_be_broken(phone: Phone) -> None:
    phone.opens()
    phone.one("#text").send_keys("一" + Keys.SHIFT + Keys.ENTER + Keys.NULL + "二")
    phone.one("#composer [type=submit]").click()
    phone.until(lambda: phone.site.village.heard() == ["/start", "一\n二"])


# -- a weak line ------------------------------------------------------------------------------


def test_what_is_said_offline_goes_out_once_and_in_order(phone: Phone) -> None:
    phone.opens()
    phone.loses_the_line()
    phone.until(lambda: phone.all("#lost"))
    for words in ("一", "二", "三"):
        phone.types(words)
    phone.presses("查进度")
    assert [state.text for state in phone.all(".state")] == ["待发"] * 4
    assert phone.site.village.heard() == ["/start"]
    phone.loses_the_line(lost=False)
    phone.until(lambda: len(phone.site.village.heard()) == 5)
    phone.until(lambda: not phone.all("#lost"))
    assert phone.site.village.heard() == ["/start", "一", "二", "三", "#2"]
    phone.until(lambda: [s.text for s in phone.all(".state")] == ["✓ 已送达"])


def test_what_was_said_offline_survives_closing_the_page(phone: Phone) -> None:
    phone.opens()
    phone.loses_the_line()
    phone.types("有人打孩子")
    phone.until(lambda: phone.all(".state"))
    phone.loses_the_line(lost=False)
    phone.opens()
    phone.until(lambda: "有人打孩子" in phone.site.village.heard())
    assert phone.site.village.heard().count("有人打孩子") == 1
    phone.until(lambda: phone.reads().count("我：有人打孩子") == 1)


def test_an_answer_that_was_lost_does_not_double_what_was_said(phone: Phone) -> None:
    """The server stores it, the phone never hears of it and says it again."""
    phone.opens()
    phone.script(
        "const real = window.fetch; let lost = 1;"
        "window.fetch = async (...all) => {"
        "  const answer = await real(...all);"
        "  if (String(all[0]).includes('say') && lost-- > 0) throw new TypeError('lost');"
        "  return answer; };"
    )
    phone.types("喂")
    phone.until(lambda: phone.all(".state.sent.latest"))
    assert phone.site.village.heard() == ["/start", "喂"]
    assert phone.reads().count("我：喂") == 1


@pytest.mark.parametrize("status", [200, 403, 404, 511])
def test_a_network_that_answers_in_our_place_stores_nothing(phone: Phone, status: int) -> None:
    """A portal that wants a login, a firewall: what is not in our own words is no answer."""
    phone.opens()
    phone.script(
        "const real = window.fetch; let caught = 2;"
        "window.fetch = (...all) => String(all[0]).includes('say') && caught-- > 0"
        "  ? Promise.resolve(new Response('<html>请登录</html>', {status: arguments[0]}))"
        "  : real(...all);",
        status,
    )
    phone.types("有人打孩子")
    phone.sees("记下了：有人打孩子")
    phone.until(lambda: phone.all(".state.sent.latest"))
    assert phone.site.village.heard() == ["/start", "有人打孩子"]


def test_what_is_said_by_a_wrong_clock_was_said_when_it_was_said(phone: Phone) -> None:
    phone.opens()
    phone.script("const real = Date.now; Date.now = () => real.call(Date) - 3 * 3600 * 1000")
    phone.types("喂")
    phone.until(lambda: phone.all(".state.sent.latest"))
    village = phone.site.village
    assert village.now - village.arrivals[-1].at < timedelta(minutes=1)


def test_a_busy_server_is_asked_again_until_it_has_stored(phone: Phone) -> None:
    phone.opens()
    phone.site.village.busy = 2
    phone.types("喂")
    phone.sees("记下了：喂")
    phone.until(lambda: phone.all(".state.sent.latest"))
    assert phone.site.village.heard() == ["/start", "喂"]


def test_after_some_tries_the_person_can_send_again_by_hand(phone: Phone) -> None:
    phone.opens()
    phone.site.village.busy = 1000
    phone.types("喂")
    phone.until(lambda: phone.all("button.state"))
    assert phone.one("button.state").text == "没发出去，点这里再发"
    phone.site.village.busy = 0
    phone.one("button.state").click()
    phone.sees("记下了：喂")
    assert phone.site.village.heard() == ["/start", "喂"]


def test_what_was_missed_while_away_is_brought(phone: Phone) -> None:
    phone.opens()
    phone.loses_the_line()
    phone.site.loop.call_soon_threadsafe(phone.site.village.channel.hang_up)
    phone.until(lambda: phone.all("#lost"))
    phone.site.do(phone.site.village.send(address(phone), card("孩子找到了，平安。")))
    assert "孩子找到了，平安。" not in phone.reads()
    phone.loses_the_line(lost=False)
    phone.sees("孩子找到了，平安。")
    assert phone.reads() == [GREETING, "孩子找到了，平安。"]


def test_where_no_stream_gets_through_the_page_asks_again_and_again(phone: Phone) -> None:
    added = phone.devtools(
        "Page.addScriptToEvaluateOnNewDocument", source="delete window.EventSource;"
    )
    phone.opens()
    phone.types("喂")
    phone.sees("记下了：喂")
    phone.site.do(phone.site.village.send(address(phone), card("后来的消息")))
    phone.sees("后来的消息")
    assert phone.reads() == [GREETING, "我：喂", "记下了：喂", "后来的消息"]
    phone.devtools("Page.removeScriptToEvaluateOnNewDocument", **added)


# -- photos, places, files --------------------------------------------------------------------


def photo(path: Path, size: tuple[int, int]) -> str:
    """A photo as a phone takes it: large, turned, and telling where it was taken."""
    image = Image.effect_noise(size, 60).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010F] = "SecretPhoneMaker"
    exif.get_ifd(0x8825)[2] = (28.0, 7.0, 24.44)  # latitude
    image.save(path, "JPEG", quality=90, exif=exif)
    return str(path)


def test_a_photo_is_made_small_and_tells_no_place(phone: Phone, tmp_path: Path) -> None:
    phone.opens()
    taken = photo(tmp_path / "伤.jpg", (3000, 2000))
    phone.one("#attach").click()
    phone.driver.find_element(By.ID, "photo").send_keys(taken)
    phone.sees("收到了（photo")
    ((_, kept, body),) = phone.site.village.files.values()
    arrived = Image.open(io.BytesIO(body))
    assert (arrived.format, arrived.size) == ("JPEG", (1067, 1600))
    assert len(arrived.getexif()) == 0
    assert b"Exif" not in body
    assert b"SecretPhoneMaker" not in body
    assert (kept.name, kept.mime) == ("伤.jpg", "image/jpeg")
    assert len(body) < Path(taken).stat().st_size
    assert phone.one(".me img").get_attribute("alt") == "您发的照片"


def test_a_photo_taken_offline_is_sent_after_the_page_was_closed(
    phone: Phone, tmp_path: Path
) -> None:
    phone.opens()
    phone.loses_the_line()
    phone.driver.find_element(By.ID, "photo").send_keys(photo(tmp_path / "a.jpg", (400, 300)))
    phone.until(lambda: phone.all(".me img"))
    time.sleep(0.3)  # until IndexedDB has it
    phone.loses_the_line(lost=False)
    phone.opens()
    phone.sees("收到了（photo")
    assert phone.site.village.heard() == ["/start", "SentFile"]


def test_a_photo_that_the_server_no_longer_has_is_given_once_more(
    phone: Phone, tmp_path: Path
) -> None:
    phone.opens()
    village = phone.site.village
    village.busy = 1
    phone.driver.find_element(By.ID, "photo").send_keys(photo(tmp_path / "a.jpg", (400, 300)))
    phone.until(lambda: not village.busy)
    village.files.clear()  # it lay there for too long, or another session gave it
    phone.sees("收到了（photo")
    assert village.heard() == ["/start", "SentFile"]


def test_words_do_not_wait_behind_a_file(phone: Phone, tmp_path: Path) -> None:
    phone.opens()
    phone.script(
        "const real = window.fetch;"
        "window.fetch = (url, what) => String(url).includes('files')"
        "  ? new Promise(() => {}) : real(url, what);"
    )
    phone.driver.find_element(By.ID, "photo").send_keys(photo(tmp_path / "a.jpg", (40, 30)))
    phone.until(lambda: phone.all(".me img"))
    phone.types("有人打孩子")
    phone.sees("记下了：有人打孩子")


def test_a_file_that_cannot_be_taken_is_said_so(phone: Phone, tmp_path: Path) -> None:
    phone.opens()
    path = tmp_path / "病毒.exe"
    path.write_bytes(b"MZ\x90\0")
    phone.driver.find_element(By.ID, "file").send_keys(str(path))
    phone.until(lambda: phone.all(".me .state"))
    phone.until(lambda: "这种文件收不了" in phone.one(".me .state").text)
    assert phone.site.village.heard() == ["/start"]


def test_a_file_that_is_too_large_is_not_even_sent(phone: Phone, tmp_path: Path) -> None:
    phone.opens()
    path = tmp_path / "录像.mp4"
    with path.open("wb") as film:
        film.truncate(20_000_001)
    phone.driver.find_element(By.ID, "file").send_keys(str(path))
    phone.until(lambda: "20兆" in phone.one("#toast").text)
    assert phone.reads() == [GREETING]


def test_a_place_is_sent_only_after_the_person_was_told_why(phone: Phone) -> None:
    phone.devtools("Browser.grantPermissions", permissions=["geolocation"])
    phone.devtools(
        "Emulation.setGeolocationOverride", latitude=28.1234567, longitude=112.9, accuracy=20
    )
    phone.opens()
    phone.presses(DANGER)
    phone.presses("发我现在的位置")
    assert "位置只用来找到孩子" in phone.one("#sheet").text
    assert phone.site.village.heard() == ["/start", "#0"]
    phone.presses("发送位置")
    phone.sees("现在怎么了？")
    place = phone.site.village.arrivals[-1].incoming
    assert place == SharedPlace(latitude=28.123457, longitude=112.9)


def test_who_sends_no_place_chooses_from_the_list(phone: Phone) -> None:
    phone.opens()
    phone.presses(DANGER)
    phone.presses("发我现在的位置")
    phone.presses("先不")
    phone.presses("石桥村一组")
    phone.sees("现在怎么了？")


# -- safety of who reports --------------------------------------------------------------------


def test_wiping_leaves_nothing_on_the_phone(phone: Phone) -> None:
    phone.opens()
    phone.types("隔壁在打孩子")
    phone.sees("记下了")
    phone.one("#menu").click()
    phone.one("#wipe").click()
    phone.presses("清空")
    phone.until(lambda: phone.reads() == [GREETING])
    kept = phone.script("return JSON.stringify(localStorage) + document.cookie")
    assert "隔壁" not in kept
    assert "隔壁" not in phone.driver.page_source
    first, second = phone.site.village.people
    assert first != second


def test_where_the_server_knows_of_no_talk_a_new_one_begins(phone: Phone) -> None:
    phone.opens()
    phone.types("喂")
    phone.sees("记下了：喂")
    phone.site.village.people.clear()
    phone.opens()
    phone.until(lambda: phone.reads() == [GREETING])


def test_a_page_that_is_open_forgets_what_stood_there_when_the_phone_is_lost(
    phone: Phone,
) -> None:
    phone.opens()
    phone.types("隔壁在打孩子")
    phone.sees("记下了")
    village = phone.site.village
    (lost,) = village.people
    village.people.clear()
    card = Card(text="这里的账号锁上了。", wipes=("page",))
    outgoing = Outgoing(id=2**62, address=lost, card=card, token="")
    phone.site.do(village.channel.send(outgoing))
    phone.until(lambda: phone.reads() == [GREETING])
    assert "隔壁" not in phone.driver.page_source


def test_a_link_of_an_invitation_is_used_at_once_and_leaves_the_address_bar(phone: Phone) -> None:
    token = "AbCdEfGhIjKlMnOpQrStUv"
    phone.opens(f"/chat#start={token}")
    phone.sees(f"/start {token}")
    assert token not in phone.driver.current_url
    assert len(phone.reads()) == 1


def test_a_link_of_an_invitation_works_in_a_page_that_is_open(phone: Phone) -> None:
    phone.opens()
    phone.sees(GREETING)
    phone.script("location.hash = 'start=AbCdEfGhIjKlMnOpQrStUv'")
    phone.sees("/start AbCdEfGhIjKlMnOpQrStUv")


def test_the_tab_says_nothing_of_what_it_is_for(phone: Phone) -> None:
    phone.opens()
    assert phone.driver.title == "相伴"


HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "javascript:alert(1)",
    '"><iframe src=//evil.example>',
    "{{7*7}}${7*7}",
    "\u202e\u2066drowssap",
    "&lt;b&gt;",
)


def test_words_stay_words_whatever_they_look_like(phone: Phone) -> None:
    phone.opens()
    for words in HOSTILE:
        hostile = card(words, (words,), calls=(words,))
        phone.site.do(phone.site.village.send(address(phone), hostile))
        phone.sees(words)
    phone.presses(HOSTILE[-1])
    phone.sees(GREETING)
    hrefs = phone.script("return [...document.querySelectorAll('.call')].map((a) => a.href)")
    assert {href[:4] for href in hrefs} == {"tel:"}
    assert (
        phone.script("return document.querySelectorAll('#log :is(script, iframe, b)').length") == 0
    )
    assert phone.complaints() == []


# -- everybody can use it ---------------------------------------------------------------------

TOUCHED = "button, a, textarea, label.tool"


def sizes(phone: Phone) -> list[tuple[str, float, float]]:
    """Everything that is touched, with its width and height."""
    found: list[tuple[str, float, float]] = phone.script(
        "return [...document.querySelectorAll(arguments[0])].map((e) => {"
        "  const box = e.getBoundingClientRect();"
        "  return [e.id || e.textContent, box.width, box.height]; })"
        ".filter((each) => each[1])",
        TOUCHED,
    )
    return found


def too_small(phone: Phone, least: int) -> list[tuple[str, float, float]]:
    return [each for each in sizes(phone) if min(each[1:]) < least - 0.01]


def widest(phone: Phone) -> int:
    width: int = phone.script("return document.scrollingElement.scrollWidth")
    return width


def unfold(phone: Phone) -> None:
    for button in ("menu", "attach"):
        if not phone.all(f"#{button}[aria-expanded=true]"):
            phone.one(f"#{button}").click()


def test_numbers_that_belong_together_stand_in_one_line(phone: Phone) -> None:
    phone.opens()
    phone.sees(GREETING)
    for before in range(14, 26):  # somewhere among these the line is full between two of them
        words = f"{'可' * before}打字就像这样：1 3，受理号 482 719 386。"
        phone.site.do(phone.site.village.send(address(phone), card(words)))
        phone.sees(words)
        lines = phone.script(
            "return [...document.querySelectorAll('.row:last-child .together')]"
            ".map((each) => [each.textContent, each.getClientRects().length])"
        )
        assert lines == [["1 3", 1], ["482 719 386", 1]]


@pytest.mark.parametrize("size", ["std", "big", "huge"])
def test_everything_fits_a_narrow_phone_and_a_thumb(phone: Phone, size: str) -> None:
    phone.opens()
    phone.presses("我要报告")
    phone.presses("☐ 身上有伤")
    unfold(phone)
    phone.one(f"[data-size={size}]:not(html)").click()
    assert too_small(phone, 44) == []
    phone.one("#elder").click()
    assert too_small(phone, 60) == []
    assert widest(phone) == 360


def test_the_version_for_older_people_has_large_letters_and_reads_aloud(phone: Phone) -> None:
    phone.opens()
    size = "return parseFloat(getComputedStyle(document.querySelector('.bubble p')).fontSize)"
    assert (phone.script(size), phone.all(".read")) == (16, [])
    phone.one("#elder").click()
    assert phone.script(size) >= 18
    assert phone.one(".read").text == "念给我听"
    phone.one("#menu").click()
    phone.one("[data-size=huge]:not(html)").click()
    assert phone.script(size) >= 30
    phone.opens()
    assert phone.script(size) >= 30
    phone.one("#menu").click()
    phone.one("#elder-off").click()
    assert phone.script(size) < 30


def focused(phone: Phone) -> str:
    words: str = phone.script(
        "return document.activeElement.textContent || document.activeElement.id"
    )
    return words


def tab_to(phone: Phone, label: str) -> None:
    for _ in range(40):
        ActionChains(phone.driver).send_keys(Keys.TAB).perform()
        if focused(phone) == label:
            return
    raise AssertionError(f"the keyboard never reaches {label}")


def test_the_keyboard_alone_is_enough(phone: Phone) -> None:
    phone.opens()
    tab_to(phone, DANGER)
    outline = "return getComputedStyle(document.activeElement).outlineStyle"
    assert phone.script(outline) == "solid"
    ActionChains(phone.driver).send_keys(Keys.ENTER).perform()
    phone.sees("先打110")
    phone.until(lambda: focused(phone) == phone.can_press()[0])
    tab_to(phone, "柳树湾")
    ActionChains(phone.driver).send_keys(Keys.SPACE).perform()
    phone.sees("现在怎么了？")
    tab_to(phone, "text")
    ActionChains(phone.driver).send_keys("发烧", Keys.ENTER).perform()
    phone.sees("已经告诉")


def test_a_screen_reader_finds_a_name_on_everything(phone: Phone) -> None:
    phone.opens()
    unfold(phone)
    nodes = phone.devtools("Accessibility.getFullAXTree")["nodes"]
    seen = [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if not node["ignored"]
    ]
    nameless = [role for role, name in seen if role in {"button", "link", "textbox"} and not name]
    assert nameless == []
    assert ("log", "对话") in seen
    assert ("link", "打110报警") in seen
    live = phone.one("#log")
    assert (live.get_attribute("aria-live"), live.get_attribute("aria-busy")) == (
        "polite",
        "false",
    )


@pytest.mark.parametrize("elder", [False, True], ids=["usual", "elder"])
@pytest.mark.parametrize(("width", "height"), [(320, 480), (360, 740), (1366, 768)])
def test_a_new_card_is_in_sight_from_its_first_line(
    phone: Phone, width: int, height: int, elder: bool
) -> None:
    phone.screen(width, height)
    phone.opens()
    if elder:
        phone.one("#elder").click()
    for label, words in ((DANGER, "先打110"), ("取消", GREETING)):
        phone.presses(label)
        phone.sees(words)
        time.sleep(0.2)
        inside = phone.script(
            "const log = document.getElementById('log').getBoundingClientRect();"
            "const last = document.querySelector('.row:last-child p').getBoundingClientRect();"
            "const text = document.getElementById('text').getBoundingClientRect();"
            "return [last.top >= log.top, last.bottom <= log.bottom,"
            "  text.bottom <= innerHeight, document.scrollingElement.scrollWidth <= innerWidth];"
        )
        assert inside == [True, True, True, True]


def test_who_reads_what_was_said_before_is_not_pulled_away(phone: Phone) -> None:
    phone.opens()
    for number in range(12):
        phone.types(f"第{number}句")
        phone.sees(f"记下了：第{number}句")
    phone.script("document.getElementById('log').scrollTop = 0")
    time.sleep(0.2)
    phone.site.do(phone.site.village.send(address(phone), card("有新消息", ("知道了",))))
    phone.sees("有新消息")
    assert phone.script("return document.getElementById('log').scrollTop") == 0


# -- the demo ---------------------------------------------------------------------------------


def test_a_visitor_of_the_demo_acts_as_each_and_sees_who_has_news(
    hold: Callable[[Site], Phone], serve: Callable[..., Site]
) -> None:
    phone = hold(serve(PEOPLE))
    phone.opens()
    assert phone.one("[aria-current]").text == "邻居"
    phone.types("我是邻居")
    phone.sees("记下了：我是邻居")
    phone.one("[data-role=grid]").click()
    phone.until(lambda: phone.reads() == [GREETING])
    phone.one("[data-role=neighbour]").click()
    phone.sees("记下了：我是邻居")
    grid = next(a for a in phone.site.village.people if len(phone.site.village.shown(a)) == 1)
    phone.site.do(phone.site.village.send(grid, card("石桥村有孩子有危险", ("我去看",))))
    phone.one("[data-role=grid].news").click()
    phone.sees("石桥村有孩子有危险")
    assert phone.all(".news") == []
