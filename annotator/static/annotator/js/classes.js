/** The editor of label classes: add, remove and move rows; the order of the rows is the order of the classes. */

for (const editor of document.querySelectorAll("[data-class-editor]")) {
  const body = editor.querySelector("tbody");
  const palette = editor.dataset.palette.split(" ");
  let added = 0;

  editor.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const row = button.closest("tr");
    if (button.hasAttribute("data-add-class")) add();
    else if (button.hasAttribute("data-remove-class")) remove(row);
    else if (button.dataset.move) move(row, Number(button.dataset.move), button);
  });

  function add() {
    const template = editor.querySelector("template").innerHTML.replaceAll("KEY", `added${++added}`);
    body.insertAdjacentHTML("beforeend", template);
    const row = body.lastElementChild;
    const used = new Set([...body.querySelectorAll("input[type=color]")].map((input) => input.value));
    row.querySelector("input[type=color]").value = palette.find((color) => !used.has(color)) ?? palette[0];
    const keys = new Set([...body.querySelectorAll(".shortcut")].map((input) => input.value));
    row.querySelector(".shortcut").value = [..."123456789"].find((key) => !keys.has(key)) ?? "";
    row.querySelector("input[maxlength='100']").focus();
  }

  function remove(row) {
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    (neighbour?.querySelector("[data-remove-class]") ?? editor.querySelector("[data-add-class]")).focus();
  }

  function move(row, step, button) {
    if (step < 0) row.previousElementSibling?.before(row);
    else row.nextElementSibling?.after(row);
    button.focus();
  }
}
