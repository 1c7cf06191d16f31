"""Robots by kept lists: crawlers, tools and headless browsers are recognised, and no phone is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import bots
from events.bots import is_bot

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
ROBOTS = [
    "curl/8.11.0",
    "python-requests/2.32.3",
    "Go-http-client/2.0",
    "Wget/1.24.5",
    "Mozilla/5.0 (compatible; Google-InspectionTool/1.0;)",
    "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) Chrome/131.0 Mobile Safari/537.36 (compatible; Googlebot/2.1)",
    "Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 (KHTML, like Gecko) PhantomJS/2.1.1 Safari/538.1",
    f"Mozilla/5.0 (X11; Linux x86_64) {CHROME.replace('Chrome', 'HeadlessChrome')}",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "Datadog/Synthetics",
    "facebookcatalog/1.0",
    "ChatGPT-User/1.0",
    "A-crawler-nobody-has-heard-of/0.1",
    "Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
]
PEOPLE = [
    "",
    "Mozilla/5.0 (Macintosh) Version/18 Safari/605 (Technology Preview)",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME}",
    f"Mozilla/5.0 (Linux; Android 12; CUBOT NOTE 30) {CHROME}",
    f"Mozilla/5.0 (Linux; Android 10; CUBOT_X30) {CHROME}",
    f"Mozilla/5.0 (Linux; Android Preview; Pixel 9 Pro) {CHROME}",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/22B83 [FBAN/FBIOS]",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:133.0) Gecko/20100101 Firefox/133.0",
    "Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/UP1A.231005.007)",
]


@pytest.mark.parametrize("user_agent", ROBOTS)
def test_a_robot(user_agent: str) -> None:
    assert is_bot(user_agent)


@pytest.mark.parametrize("user_agent", PEOPLE)
def test_a_person(user_agent: str) -> None:
    assert not is_bot(user_agent)


@given(st.text(max_size=2_000))
def test_any_text_has_an_answer_and_only_its_beginning_counts(text: str) -> None:
    assert is_bot(text) == is_bot(text[: bots.MAX_LENGTH])
