"""All addresses of the portal, one line a room."""

from django.contrib import admin
from django.urls import path

from portal import views

urlpatterns = [
    path("", views.landing, name="beranda"),
    path("admin/", admin.site.urls),
]
