"""Signing in."""

from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from annotator.pages.forms import SignInForm


class SignIn(LoginView):
    """Who is signed in goes on to the page; a form that is sent counts all the same, for it may be another user's.

    (`redirect_authenticated_user` would answer it with the redirect of a success, unread.)
    """

    authentication_form = SignInForm

    def get(self, request: HttpRequest, *args: str, **kwargs: object) -> HttpResponseBase:
        if request.user.is_authenticated:
            return redirect(self.get_success_url())
        answer: HttpResponse = super().get(request, *args, **kwargs)
        return answer
