from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "portal.accounts"
    label = "accounts"
    verbose_name = "Orang"

    def ready(self) -> None:
        """Register the check that every view says who may open it."""
        from portal.accounts import checks  # noqa: F401, PLC0415 - its models exist only now
