"""The way in and out."""

from django.urls import reverse


def test_a_user_signs_in_and_lands_on_the_projects(client, alice):
    response = client.post(reverse("login"), {"username": "alice", "password": "alice"})
    assert response.status_code == 302 and response.url == reverse("projects")
    assert client.get(response.url).status_code == 200


def test_a_wrong_password_is_told_and_the_name_kept(client, alice):
    response = client.post(reverse("login"), {"username": "alice", "password": "wrong"})
    html = response.content.decode()
    assert "Please enter a correct username and password" in html
    assert 'value="alice"' in html


def test_who_is_signed_in_goes_on_from_the_form_to_where_it_leads(as_user, alice):
    client = as_user(alice)
    assert client.get(reverse("login")).url == reverse("projects")
    assert client.get(reverse("login"), {"next": "/jobs/"}).url == "/jobs/"
    assert client.get(reverse("login"), {"next": "https://example.org/"}).url == reverse("projects")


def test_a_form_that_is_sent_while_another_user_is_signed_in_is_read(as_user, alice, bob):
    client = as_user(bob)
    assert client.post(reverse("login"), {"username": "alice", "password": "wrong"}).status_code == 200
    assert client.session["_auth_user_id"] == str(bob.pk)
    assert client.post(reverse("login"), {"username": "alice", "password": "alice"}).status_code == 302
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_signing_out_needs_a_post_and_ends_the_session(as_user, alice):
    client = as_user(alice)
    assert client.get(reverse("logout")).status_code == 405
    client.post(reverse("logout"))
    assert client.get("/").status_code == 302


def test_a_user_changes_the_password(as_user, alice):
    data = {"old_password": "alice", "new_password1": "grey-cirrus-9", "new_password2": "grey-cirrus-9"}
    response = as_user(alice).post(reverse("password_change"), data, follow=True)
    assert "Password changed" in response.content.decode()
    alice.refresh_from_db()
    assert alice.check_password("grey-cirrus-9")


def test_the_tour_is_remembered_as_seen(as_user, alice, project):
    client = as_user(alice)
    address = reverse("overview", args=[project.pk])
    assert "js/tour.js" in client.get(address).content.decode()
    assert client.post(reverse("tour-seen")).status_code == 204
    assert "js/tour.js" not in client.get(address).content.decode()
