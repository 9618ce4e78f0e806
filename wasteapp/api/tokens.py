"""Tokens by name and password."""

from allauth.account.adapter import get_adapter
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from wasteapp.api.serializers import TokenRequestSerializer, TokenSerializer
from wasteapp.models import User
from wasteapp.services.accounts import token_create_by_password
from wasteapp.services.errors import TooOften

PAUSE = 300  # seconds after which allauth forgets failed tries for a name


class TokenView(APIView):
    """A token for somebody who gives name and password; not for accounts with two factors."""

    authentication_classes: list[type] = []
    permission_classes = [AllowAny]

    @extend_schema(
        summary="Make a token",
        request=TokenRequestSerializer,
        responses={201: TokenSerializer},
        operation_id="tokens_create",
        auth=[],
    )
    def post(self, request: Request) -> Response:
        data = TokenRequestSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        user = _authenticated(request, **data.validated_data)
        if user is None or not user.is_active:
            raise AuthenticationFailed(_("Name and password do not match."))
        made = token_create_by_password(user=user)
        return Response(TokenSerializer(made).data, status=201, headers={"Cache-Control": "no-store"})

    def get_authenticate_header(self, request: Request) -> str:
        """So that a wrong password is 401, although nobody signs in here by header."""
        return "Token"


def _authenticated(request: Request, *, username: str, password: str) -> User | None:
    """Who has this name or address and password; raises `TooOften` where allauth counted too many tries.

    allauth looks up a user name among the addresses too. A name may hold an @, so that it says nothing.
    """
    try:
        user: User | None = get_adapter().authenticate(request._request, username=username, password=password)
    except ValidationError as error:
        raise TooOften(_("Too many wrong passwords. Try again in a while."), wait=PAUSE) from error
    return user
