from django.apps import AppConfig
from django.contrib.admin import apps as django_admin


class PortalConfig(AppConfig):
    default = True
    name = "portal"
    verbose_name = "Pulih"

    def ready(self) -> None:
        """Register the start-up checks."""
        from portal import checks  # noqa: F401, PLC0415 - Django registers checks when apps are ready


class AdminConfig(django_admin.AdminConfig):
    default = False
    default_site = "portal.site.AdminSite"
