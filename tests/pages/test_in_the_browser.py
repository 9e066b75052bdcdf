"""What only a browser can tell: scripts run under the content security policy, keys work, contrast holds."""

import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from annotator.models import EpochMetric, Job
from annotator.services import review
from tests.conftest import picture, seen_by

CHROMIUM = shutil.which("chromium")
VENDOR = settings.BASE_DIR / "annotator" / "static" / "vendor"
AXE = settings.BASE_DIR / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium"),
    pytest.mark.skipif(not VENDOR.exists(), reason="needs the browser assets: make assets"),
]


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's loop runs in this thread, which is no reason for Django to refuse the database.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, live_server, client, alice):
    """open_page(address, **context): a page as alice sees it; fails when a script error is left behind."""
    alice.tour_seen = True
    alice.save()
    client.force_login(alice)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    contexts, errors = [], []

    def open_(address, **options):
        context = chromium.new_context(reduced_motion="reduce", viewport={"width": 1280, "height": 800}, **options)
        contexts.append(context)
        context.add_cookies([cookie])
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(live_server.url + address)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert errors == []


def test_the_keyboard_selects_images_and_bulk_actions_appear(open_page, project, add_image):
    images = [add_image(seed) for seed in range(6)]
    page = open_page(reverse("images", args=[project.pk]) + "?order=name")
    assert page.locator("#bulk").is_hidden()
    page.locator(".tile-link").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    chosen = page.locator(".tile-check:checked").evaluate_all("boxes => boxes.map(box => Number(box.value))")
    assert chosen == [image.pk for image in images[1:4]]
    assert page.locator("#bulk").is_visible() and page.locator("[data-count]").inner_text() == "3"
    page.click("button[value=split-test]")
    page.wait_for_selector("#messages .notice")
    assert [image.split for image in project.images.order_by("id")] == ["", "test", "test", "test", "", ""]


def test_escape_drops_the_selection_and_enter_opens_the_image(open_page, project, add_image):
    image = add_image()
    page = open_page(reverse("images", args=[project.pk]))
    page.locator(".tile-link").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    assert page.locator("#bulk").is_hidden()
    page.keyboard.press("Enter")
    page.wait_for_url("**" + reverse("label", args=[image.pk]))


def test_the_grid_fetches_the_next_page_while_scrolling(open_page, project, add_image, monkeypatch):
    from annotator.pages import image_query

    monkeypatch.setattr(image_query, "PAGE_SIZE", 12)
    for seed in range(60):
        add_image(seed)
    page = open_page(reverse("images", args=[project.pk]) + "?order=name")
    for _ in range(100):
        if page.locator(".tile").count() == 60:
            break
        page.mouse.wheel(0, 4000)
        page.wait_for_timeout(50)
    names = page.locator(".tile .name").evaluate_all("all => all.map(name => name.title)")
    assert len(names) == 60 and names == sorted(set(names))
    assert page.locator(".grid-more").count() == 0


def test_files_are_uploaded_with_a_report_on_each(open_page, project):
    page = open_page(reverse("import", args=[project.pk]))
    files = [{"name": f"{seed}.png", "mimeType": "image/png", "buffer": picture(seed)} for seed in range(25)]
    files += [{"name": "letter.png", "mimeType": "image/png", "buffer": b"Dear reader"}]
    page.set_input_files("input[type=file]", files)
    assert page.locator("[data-chosen]").inner_text().startswith("26 files")
    page.click("button:has-text('Import')")
    page.locator("[data-progress-text]", has_text="Done.").wait_for()
    assert page.locator("[data-summary]").inner_text() == "25 images taken, 0 known already, 1 refused."
    assert "letter.png" in page.locator("[data-lines]").inner_text()
    assert project.images.count() == 25


def test_classes_are_added_moved_and_saved_by_keyboard(open_page, project):
    page = open_page(reverse("settings", args=[project.pk]))
    page.locator("[data-add-class]").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("Bird")
    last = page.locator(".class-row").last
    last.locator("[data-move='-1']").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.click("button:has-text('Save classes')")
    page.wait_for_selector(".notice-success")
    assert list(project.classes.values_list("name", flat=True)) == ["Sky", "Bird", "Cell", "Void"]
    assert project.classes.get(name="Bird").color not in {"#56b4e9", "#e69f00", "#000000"}


def test_the_curve_of_a_run_moves_while_it_goes_on(open_page, make_run):
    run = make_run("running")
    page = open_page(reverse("run", args=[run.pk]))
    drawn = "document.querySelector('#miou-chart canvas').toDataURL()"
    page.wait_for_selector("#miou-chart canvas")
    before = page.evaluate(drawn)
    EpochMetric.objects.create(
        run=run, epoch=2, train_loss=0.5, val_miou=0.9, seconds=3, step_losses=[[3, 0.5]], finished=True
    )
    for _ in range(100):
        if page.evaluate(drawn) != before:
            return
        page.wait_for_timeout(100)
    pytest.fail("The curve stayed as it was.")


def test_a_chosen_architecture_shows_itself_and_offers_only_what_it_takes(open_page, project, add_image, accept, alice):
    accept(add_image(0), alice)
    project.images.update(split="train")
    page = open_page(reverse("models", args=[project.pk]))
    page.click("#training-form summary")
    assert page.locator(".architecture-details:visible h3").all_inner_texts() == ["U-Net 2015"]
    page.select_option("#id_train-encoder", "resnet18")
    page.check("input[value=segnet]")
    assert page.locator(".architecture-details:visible h3").all_inner_texts() == ["SegNet 2017"]
    assert page.locator(".architecture-options:visible label").all_inner_texts() == ["Width"]
    assert page.input_value("#id_train-encoder") == "auto"
    offered = "[...document.getElementById('id_train-encoder').options].filter(o => !o.disabled).map(o => o.value)"
    assert page.evaluate(offered) == ["auto", "vgg16_bn"]
    page.check("input[value=mask_rcnn]")
    assert page.get_attribute("#id_train-learning_rate", "placeholder") == "0.0005"


def test_a_wrong_number_in_a_closed_fold_is_brought_into_sight(open_page, project, add_image, accept, alice):
    accept(add_image(0), alice)
    project.images.update(split="train")
    page = open_page(reverse("models", args=[project.pk]))
    page.click("#training-form summary")
    page.click("text=Advanced")
    page.fill("#id_train-blur", "7")
    page.click("text=Advanced")
    page.locator("#training-form > details > summary").click()
    page.click("#training-form button.btn-primary")
    page.locator("#id_train-blur").wait_for(state="visible")
    assert not project.training_runs.exists()


def test_the_training_form_works_without_scripts(open_page, project, add_image, accept, alice):
    accept(add_image(0), alice)
    project.images.update(split="train")
    page = open_page(reverse("models", args=[project.pk]), java_script_enabled=False)
    page.click("#training-form summary")
    page.check("input[value=fpn]")
    assert page.locator(".architecture-details:visible h3").all_inner_texts() == ["FPN 2019"]
    page.fill("#id_option-fpn-dropout", "0.4")
    page.click("#training-form button.btn-primary")
    page.wait_for_url("**/training-runs/*/")
    assert project.training_runs.get().settings["architecture_options"]["dropout"] == 0.4


def test_the_theme_follows_the_system_until_it_is_switched_and_stays(open_page):
    page = open_page("/", color_scheme="dark")
    theme = "document.documentElement.dataset.bsTheme"
    assert page.evaluate(theme) == "dark"
    page.click("[data-theme-toggle]")
    assert page.evaluate(theme) == "light"
    page.reload()
    assert page.evaluate(theme) == "light"


def test_the_tour_is_skipped_with_escape_and_never_comes_back(open_page, alice, project, add_image):
    alice.tour_seen = False
    alice.save()
    add_image()
    page = open_page(reverse("overview", args=[project.pk]))
    page.wait_for_selector(".driver-popover")
    with page.expect_response("**/tour-seen/"):
        page.keyboard.press("Escape")
    page.reload()
    page.wait_for_load_state("networkidle")
    assert page.locator(".driver-popover").count() == 0


@pytest.fixture
def addresses(project, add_image, accept, label, alice, bob, make_model, make_run):
    """All pages of a project in which something is going on."""
    accept(add_image(0), alice)
    submitted = add_image(1)
    label(submitted, bob)
    review.submit_image(image=seen_by(bob, submitted), user=bob)
    make_model(0.5)
    project.promoted_model = model = make_model(0.6)
    project.save()
    make_run("failed")
    job = Job.objects.create(project=project, kind="import", queue="io", state="running", progress=0.4)
    pages = ["overview", "images", "models", "compare", "export", "import", "jobs"]
    return [reverse(page, args=[project.pk]) for page in pages] + [
        *(f"{reverse('settings', args=[project.pk])}?tab={tab}" for tab in ("classes", "members", "automation")),
        reverse("next", args=[project.pk, "annotate"]),
        reverse("run", args=[model.run_id]),
        reverse("model", args=[model.pk]),
        reverse("job", args=[job.pk]),
        reverse("projects"),
        reverse("project-new"),
        reverse("password_change"),
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.skipif(not AXE.exists(), reason="needs axe-core: npm ci")
def test_every_page_passes_the_accessibility_rules_and_fits_the_window(open_page, addresses, theme, live_server):
    page = open_page("/", color_scheme=theme, bypass_csp=True)
    script = Path(AXE).read_text()
    for address in addresses:
        page.goto(live_server.url + address)
        page.evaluate("document.querySelectorAll('details.fold').forEach(fold => (fold.open = true))")
        page.evaluate(script)
        tags = "['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']"
        found = page.evaluate(f"axe.run({{runOnly: {tags}}})")["violations"]
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
