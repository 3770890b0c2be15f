from django.apps import AppConfig


class SopConfig(AppConfig):
    name = "portal.sop"
    label = "sop"
    verbose_name = "SOP"
