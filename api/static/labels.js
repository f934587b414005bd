"use strict";

const thresholds = JSON.parse(document.body.dataset.thresholds); // by label
const field = document.querySelector("[data-input]");
let asking = null; // the AbortController of the request for a prediction that waits for its answer
let judged = null; // the prediction on the page, until it is judged

// Returns a row: a label, its probability, and a bar with a line at the threshold. The sign says what the colour does.
function bar(label, probability, isFound) {
  const row = element("li", isFound ? "found" : "");
  const figures = element("span", "figures");
  const name = element("span", "", isFound ? `✓ ${label}` : label);
  if (isFound) name.append(element("span", "unseen", " (found)"));
  figures.append(name, " ", element("span", "", `${(100 * probability).toFixed(1)} %`));
  const track = element("span", "track");
  track.setAttribute("aria-hidden", "true"); // the number says the same
  const fill = element("span", "fill");
  fill.style.width = `${100 * probability}%`;
  const line = element("span", "threshold");
  line.style.left = `${100 * thresholds[label]}%`;
  track.append(fill, line);
  row.append(figures, track);
  return row;
}

// Returns a box to tick for a label.
function box(label, isFound) {
  const words = element("label", "box");
  const input = element("input");
  input.type = "checkbox";
  input.value = label;
  input.checked = isFound;
  words.append(input, ` ${label}`);
  return words;
}

function show(answer, asked) {
  const prediction = answer.predictions[0];
  const found = new Set(prediction.labels);
  const labels = Object.keys(prediction.probabilities);
  part("labels").textContent = prediction.labels.join(", ") || "none";
  part("model").textContent = `${answer.model.name}, version ${answer.model.version}`;
  part("truncated").hidden = !prediction.truncated;
  part("bars").replaceChildren(...labels.map((label) => bar(label, prediction.probabilities[label], found.has(label))));
  part("choices").replaceChildren(...labels.map((label) => box(label, found.has(label))));
  judged = prediction.prediction_id;
  part("answer").hidden = false;
  part("judgement").hidden = "unavailable" in part("judgement").dataset; // the service remembers no predictions
  const likeliest = labels.reduce((one, other) =>
    prediction.probabilities[other] > prediction.probabilities[one] ? other : one);
  if (part("why")) offerExplanation({ ...prediction, label: likeliest }, asked);
}

// Shows the prediction for the last text only. An earlier request that still waits is aborted.
async function ask(event) {
  event.preventDefault();
  if (asking) asking.abort();
  const mine = (asking = new AbortController());
  part("problem").textContent = part("thanks").textContent = "";
  part("answer").hidden = part("judgement").hidden = true;
  if (part("why")) withdrawExplanation();
  try {
    const asked = { text: field.value };
    const answer = await call("predict", asked, mine.signal);
    if (asking === mine) show(answer, asked);
  } catch (error) {
    if (asking === mine) part("problem").textContent = error.message;
  } finally {
    if (asking === mine) asking = null;
  }
}

// Sends one judgement of a prediction, however often its button is pressed.
async function judge(event) {
  event.preventDefault();
  const mine = judged;
  if (!mine) return;
  judged = null;
  part("problem").textContent = "";
  const boxes = [...part("choices").querySelectorAll("input")];
  const labels = boxes.filter((each) => each.checked).map((each) => each.value);
  const isShown = () => boxes.length > 0 && part("choices").contains(boxes[0]);
  try {
    await call("feedback", { prediction_id: mine, labels });
    if (!isShown()) return; // something else was asked in the meantime
    part("judgement").hidden = true;
    part("thanks").textContent = "Thank you. Your feedback was saved.";
    field.focus(); // the focused button has disappeared
  } catch (error) {
    if (!isShown()) return;
    judged = mine;
    part("problem").textContent = error.message;
  }
}

part("question").addEventListener("submit", ask);
part("judging").addEventListener("submit", judge);
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) part("question").requestSubmit();
});
