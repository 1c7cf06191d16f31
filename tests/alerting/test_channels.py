"""Channels: a message reaches a webhook, a mailbox and a file as apprise sends it; a refusal is a reason."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from alerting.channels import channels_of, send, validate
from comptoir.settings import Settings
from tests.support.receivers import MailServer, Webhook, serving


def test_a_webhook_gets_title_body_and_kind() -> None:
    webhook = Webhook()
    with serving(webhook):
        assert send(webhook.url, "it broke", "why\nand where", is_problem=True) == ""
        assert send(webhook.url, "it is over", "why", is_problem=False) == ""
    assert webhook.titles == ["it broke", "it is over"]
    assert [message["type"] for message in webhook.received] == ["failure", "success"]
    assert webhook.received[0]["message"] == "why\nand where"


def test_a_mail_has_the_title_as_its_subject() -> None:
    mail = MailServer()
    with serving(mail):
        assert send(mail.url, "[comptoir] ERROR it broke", "why", is_problem=True) == ""
    assert mail.titles == ["[comptoir] ERROR it broke"]
    assert mail.received[0]["to"] == "ada@shop.example"
    assert "why" in mail.received[0].get_body(("plain", "html")).get_content()


def test_a_file_grows_by_each_message_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "alerts" / "alerts.log"
    assert send(f"file://{file}", "it broke", "why", is_problem=True) == ""
    assert send(f"file://{file}", "it is over", "why", is_problem=False) == ""
    assert [line[21:] for line in file.read_text().splitlines() if "it " in line] == ["it broke", "it is over"]
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_channel_that_refuses_says_why_and_keeps_its_secret() -> None:
    webhook = Webhook()
    webhook.is_broken = True
    with serving(webhook):
        address = f"json://ada:s3cret@127.0.0.1:{webhook.server_port}/"
        reason = send(address, "it broke", "why", is_problem=True)
    assert "500" in reason or "Server" in reason
    assert "s3cret" not in reason
    assert "apprise does not know" in send("nonsense://x", "it broke", "why", is_problem=True)
    assert "/proc/alerts.log" in send("file:///proc/alerts.log", "it broke", "why", is_problem=True)


def test_without_settings_alerts_go_to_a_file_in_the_data_folder(tmp_path: Path) -> None:
    assert channels_of(Settings(data_dir=tmp_path)) == {"file": f"file://{tmp_path}/alerts/alerts.log"}
    chosen = {"ops": SecretStr("json://hooks.example.com/x")}
    assert channels_of(Settings(data_dir=tmp_path, alert_channels=chosen)) == {"ops": "json://hooks.example.com/x"}


def test_an_address_that_cannot_be_one_is_named_without_being_shown() -> None:
    assert validate({"ops": "json://hooks.example.com", "log": "file:///var/log/alerts.log"}) == []
    assert validate({"team": "slack://not-a-token"}) == [
        "COMPTOIR_ALERT_CHANNELS: apprise does not understand the address of team."
    ]
