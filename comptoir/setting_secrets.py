"""Which settings are secrets, and what is wrong with those that a real shop needs: not set, or known to everybody."""

from __future__ import annotations

from comptoir.kafka_access import KAFKA_USERS
from comptoir.logins import LOGINS, is_given, password_of
from comptoir.postgres_url import split_url
from comptoir.setting_fields import DataFolder, SettingFields
from comptoir.setting_mistakes import plain, variable

# what `comptoir up` makes at random and keeps in secrets.env
GENERATED = ("owner_password", *map(password_of, LOGINS), "pseudonym_key", "suppression_key", "user_id_secret")


def secrets_of(kind: type[DataFolder]) -> frozenset[str]:
    """Return the names of the settings whose values are shown nowhere."""
    fields = kind.model_fields.items()
    return frozenset(name for name, field in fields if not field.repr or "Secret" in str(field.annotation))


SECRET_SETTINGS = secrets_of(SettingFields)


def mistakes_at_start(settings: SettingFields) -> list[str]:
    """Return a sentence for each setting that is empty, has the demo's value or leaves a way open."""
    if settings.demo_shop:
        return _open_ways(settings)
    needed = [*map(password_of, LOGINS), "pseudonym_key", "suppression_key", "write_key"]
    if not settings.postgres_url:
        needed.append("owner_password")
    if not settings.shop_client_id and not settings.airbyte_url:
        needed.append("shop_api_password")
    if settings.signed_user_ids:
        needed.append("user_id_secret")
    needed.append("shop_name" if settings.shop_platform == "shopify" else "shop_url")
    if settings.process:  # it was not given the others
        needed = [name for name in needed if name not in SECRET_SETTINGS or is_given(settings.process, name)]
    if settings.kafka_security == "sasl_ssl":
        needed += [name for user in KAFKA_USERS if is_given(settings.process, name := f"{user}_kafka_password")]
    return [*_open_ways(settings), *(mistake for name in needed if (mistake := _mistake(settings, name)))]


def _open_ways(settings: SettingFields) -> list[str]:
    if not settings.tls_only:
        return []
    found = []
    if not settings.postgres_url or split_url(str(settings.postgres_url)).options.get("sslmode") != "verify-full":
        found.append("COMPTOIR_POSTGRES_URL is reached without TLS: end it with ?sslmode=verify-full&sslrootcert=FILE.")
    if settings.kafka_security != "sasl_ssl":
        found.append("COMPTOIR_KAFKA_SECURITY is 'plaintext': write sasl_ssl, see docs/tls.md.")
    return found


def _mistake(settings: SettingFields, name: str) -> str:
    value, of_demo = plain(getattr(settings, name)), plain(SettingFields.model_fields[name].default)
    if value not in ("", of_demo):
        return ""
    remedy = "set your own, or let `comptoir up` generate one" if name in GENERATED else "set your own"
    return f"{variable(name)} is {'the value of the demo, which everybody knows' if value else 'empty'}: {remedy}."
