"use strict";

const PREVIEW_PIXELS = 240; // longest side of the preview of a picture

// Shows the chosen file of an input in a canvas, which needs no exception from the content security policy.
async function preview(input) {
  const [canvas, shown, remove] = ["preview", "shown", "remove"].map((name) => part(`${input.id}-${name}`));
  const file = input.files[0];
  canvas.hidden = true;
  remove.hidden = !file;
  shown.textContent = file ? `Chosen: ${file.name}` : "";
  if (!file) return;
  if (file.size > Number(input.dataset.mostBytes)) {
    shown.textContent = `${file.name} is too large.`;
    return;
  }
  try {
    const bitmap = await createImageBitmap(file);
    if (input.files[0] !== file) return; // another one was chosen in the meantime
    const scale = Math.min(1, PREVIEW_PIXELS / Math.max(bitmap.width, bitmap.height));
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    canvas.setAttribute("aria-label", `Preview of ${file.name}, ${bitmap.width} by ${bitmap.height} pixels`);
    canvas.hidden = false;
    bitmap.close();
  } catch {
    shown.textContent = `${file.name} cannot be shown as a picture.`;
  }
}

function choose(input, files) {
  if (files.length !== 1) {
    part(`${input.id}-shown`).textContent = "Choose one file.";
    return;
  }
  input.files = files;
  preview(input);
}

for (const zone of document.querySelectorAll("[data-drop]")) {
  const input = part(zone.dataset.drop);
  const mark = (isOver) => zone.classList.toggle("over", isOver);
  input.addEventListener("change", () => preview(input));
  zone.addEventListener("dragover", () => mark(true));
  zone.addEventListener("dragleave", () => mark(false));
  zone.addEventListener("drop", (event) => {
    mark(false);
    choose(input, event.dataTransfer.files);
  });
  part(`${input.id}-remove`).addEventListener("click", () => {
    input.value = "";
    preview(input);
    input.focus(); // the focused button has disappeared
  });
}

// A file that misses its zone would replace the page.
for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => event.preventDefault());

document.addEventListener("paste", (event) => {
  const input = document.querySelector("input[type=file]");
  if (input && event.clipboardData.files.length) choose(input, event.clipboardData.files);
});
