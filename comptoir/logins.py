"""The logins of the database, one for each kind of work, and the secrets that each process of the stack is given.

What a login may do stands in privacy/roles.sql. The owner is none of them: only `comptoir up` and the commands that
prepare the database are the owner.
"""

from __future__ import annotations

from typing import Literal, get_args

Login = Literal[
    "loader",
    "lander",
    "stream",
    "transformer",
    "gatekeeper",
    "publisher",
    "storefront",
    "reporter",
    "analyst",
    "privacy",
    "privacy_intake",
    "operator",
    "watcher",
    "dagster",
]
LOGINS: tuple[Login, ...] = get_args(Login)

ProcessName = Literal[
    "collector",
    "stream",
    "storefront",
    "search-follower",
    "dashboard",
    "dagster-code",
    "dagster-webserver",
    "dagster-daemon",
    "dagster-readers",
    "privacy",
    "alerts",
    "demo-shop",
    "demo-proxy",
    "visitors",
]

OF_THE_SHOP = (
    "shop_api_password",
    "shop_client_secret",
    "airbyte_client_secret",
    "airbyte_password",
    "airbyte_database_url",
)

# process → the secret settings it is given; what is in no list, no process is given. A run of Dagster is a child of its
# code server and does every scheduled work, so that one has many
SECRETS: dict[ProcessName, tuple[str, ...]] = {
    "collector": ("pseudonym_key", "user_id_secret", "server_key", "collector_kafka_password"),
    "stream": ("stream_password", "stream_kafka_password", "suppression_key"),
    "storefront": ("storefront_password",),
    "search-follower": ("publisher_password",),
    "dashboard": ("reporter_password",),
    "dagster-code": (
        "dagster_password",
        "loader_password",
        "lander_password",
        "transformer_password",
        "gatekeeper_password",
        "publisher_password",
        "stream_password",
        "reporter_password",
        "privacy_password",
        "watcher_password",
        "pseudonym_key",
        "suppression_key",
        "alert_channels",
        "tableau_token",
        "lander_kafka_password",
        "watcher_kafka_password",
        *OF_THE_SHOP,
    ),
    "dagster-webserver": ("dagster_password",),
    "dagster-daemon": ("dagster_password",),
    "dagster-readers": ("dagster_password",),
    "privacy": ("privacy_intake_password", "webhook_secrets"),
    "alerts": ("watcher_password", "alert_channels", "watcher_kafka_password"),
    "demo-shop": ("shop_api_password",),
    "demo-proxy": (),
    "visitors": ("user_id_secret",),
}


def password_of(login: Login) -> str:
    """Name of the setting that holds the login's password."""
    return f"{login}_password"


def is_given(process: ProcessName | Literal[""], secret: str) -> bool:
    """Whether the process is given this secret setting; a command of an operator, which is no process, knows all."""
    return not process or secret in SECRETS[process]
