"""Who sends a token."""

from secrets import compare_digest

from django.utils import timezone
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from knox.crypto import hash_token
from knox.settings import CONSTANTS
from knox.signals import token_expired

from wasteapp.models import ApiToken, User
from wasteapp.queries import tokens_with


class TokenAuthentication(KnoxTokenAuthentication):
    """knox's by one query: the person's other tokens that ended go by `services.tidying`, not at every request."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        """As knox does it, by SQL that is not made anew at every request; to refuse, it has words of its own."""
        text = token.decode(errors="replace")
        digest = hash_token(text)
        for known in tokens_with(key=text[: CONSTANTS.TOKEN_KEY_LENGTH]):
            if not self._cleanup_token(known) and compare_digest(digest, known.digest):
                user, _ = self.validate_user(known)
                return user, known
        user, known = super().authenticate_credentials(token)
        return user, known

    def _cleanup_token(self, auth_token: ApiToken) -> bool:
        if auth_token.expiry is None or auth_token.expiry >= timezone.now():
            return False
        auth_token.delete()
        token_expired.send(sender=type(self), username=auth_token.user.get_username(), source="auth_token")
        return True


class TokenScheme(KnoxTokenScheme):
    """The same in the OpenAPI document."""

    target_class = "wasteapp.api.authentication.TokenAuthentication"
