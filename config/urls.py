"""All addresses: pages, accounts, the API, the admin."""

from django.contrib import admin
from django.urls import include, path

from wasteapp.web.docs import api_docs

urlpatterns = [
    path("api/v1/", include("wasteapp.api.urls")),  # asked most often
    path("api/v1/docs/", api_docs, name="api-docs"),
    path("", include("wasteapp.web.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "wasteapp.web.errors.bad_request"
handler403 = "wasteapp.web.errors.permission_denied"
handler404 = "wasteapp.web.errors.page_not_found"
handler429 = "wasteapp.web.rates.too_often"  # allauth asks for it
handler500 = "wasteapp.web.errors.server_error"
