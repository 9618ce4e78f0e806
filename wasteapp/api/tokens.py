"""Tokens by name and password."""

from allauth.account.adapter import get_adapter
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from wasteapp.api.serializers import TokenRequestSerializer, TokenSerializer
from wasteapp.services.accounts import token_create_by_password


class TokenView(APIView):
    """A token for somebody who gives name and password; not for accounts with two factors."""

    authentication_classes: list[type] = []
    permission_classes = [AllowAny]
    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "token"

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
        name, password = data.validated_data["username"], data.validated_data["password"]
        how = {"email": name} if "@" in name else {"username": name}
        user = get_adapter().authenticate(request._request, **how, password=password)
        if user is None:
            raise AuthenticationFailed("Name and password do not match.")
        made = token_create_by_password(user=user)
        return Response(TokenSerializer(made).data, status=201)
