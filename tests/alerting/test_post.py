"""Reports are sent to the channels of their owner: a page to a mailbox, its text to all others."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from alerting.condition import BI
from alerting.post import post
from comptoir.settings import Settings
from tests.support.receivers import MailServer, Webhook, serving

PAGE = ("The week of 16 Nov", "<h1>The week</h1><table><tr><td>Net sales</td></tr></table>", "Net sales: €12")


def test_a_mail_gets_the_page_and_a_webhook_its_text(tmp_path: Path) -> None:
    mail, webhook, file = MailServer(), Webhook(), tmp_path / "reports.log"
    channels = {"mail": SecretStr(mail.url), "hook": SecretStr(webhook.url), "file": SecretStr(f"file://{file}")}
    with serving(mail), serving(webhook):
        assert post(Settings(alert_channels=channels), BI, *PAGE) == {"mail": "", "hook": "", "file": ""}
    assert mail.titles == webhook.titles == ["The week of 16 Nov"]
    assert "<td>Net sales</td>" in mail.received[0].get_body(("html",)).get_content()
    assert webhook.received[0]["message"] == "Net sales: €12" and webhook.received[0]["type"] == "info"
    assert "Net sales: €12" in file.read_text()


def test_only_the_owners_channels_are_asked_and_a_refusal_is_a_reason() -> None:
    webhook, other = Webhook(), Webhook()
    webhook.is_broken = True
    settings = Settings(
        alert_channels={"bi": SecretStr(webhook.url), "ops": SecretStr(other.url)}, alert_routes={BI: ["bi"]}
    )
    with serving(webhook), serving(other):
        refused = post(settings, BI, *PAGE)
    assert list(refused) == ["bi"] and refused["bi"]
    assert other.received == []


def test_without_channels_nothing_is_sent() -> None:
    assert post(Settings(), BI, *PAGE) == {}
