"""Who sends a token."""

from django.utils import timezone
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from knox.signals import token_expired

from wasteapp.models import ApiToken


class TokenAuthentication(KnoxTokenAuthentication):
    """knox's by one query: the person's other tokens that ended go by `services.tidying`, not at every request."""

    def _cleanup_token(self, auth_token: ApiToken) -> bool:
        if auth_token.expiry is None or auth_token.expiry >= timezone.now():
            return False
        auth_token.delete()
        token_expired.send(sender=type(self), username=auth_token.user.get_username(), source="auth_token")
        return True


class TokenScheme(KnoxTokenScheme):
    """The same in the OpenAPI document."""

    target_class = "wasteapp.api.authentication.TokenAuthentication"
