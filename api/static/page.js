"use strict";

const part = (name) => document.getElementById(name);
const MOST_SHOWN = 10; // classes with a bar and a button each; a list offers the others
let asking = null; // the AbortController of the request for a prediction that waits for its answer

// Returns the service's answer, or throws an error with a readable message.
async function call(path, body, signal) {
  const headers = { "Content-Type": "application/json" };
  const key = part("key").value.trim();
  if (key) headers["X-API-Key"] = key;
  let response;
  try {
    response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body), signal });
  } catch {
    throw new Error("The service cannot be reached. Try again in a moment.");
  }
  const document = await response.json().catch(() => null);
  if (response.status === 401 || response.status === 403) part("access").open = true;
  if (!response.ok) throw new Error(document?.detail || `The service answered with status ${response.status}.`);
  if (!document) throw new Error("The service's answer cannot be read. Try again in a moment.");
  return document;
}

function bar(label, probability) {
  const row = document.createElement("li");
  const figures = document.createElement("span");
  figures.className = "figures";
  const name = document.createElement("span");
  name.textContent = label;
  const share = document.createElement("span");
  share.textContent = `${(100 * probability).toFixed(1)} %`;
  figures.append(name, " ", share);
  const track = document.createElement("span");
  track.className = "track";
  track.setAttribute("aria-hidden", "true"); // the number says the same
  const fill = document.createElement("span");
  fill.className = "fill";
  fill.style.width = `${100 * probability}%`;
  track.append(fill);
  row.append(figures, track);
  return row;
}

function mostProbable(probabilities) {
  const labels = Object.keys(probabilities);
  return labels.sort((one, other) => probabilities[other] - probabilities[one]).slice(0, MOST_SHOWN);
}

// Returns a list of all classes and its button, for a model with too many classes for a button each.
function selection(labels, choice) {
  const select = document.createElement("select");
  select.setAttribute("aria-label", `All ${labels.length} classes`);
  select.append(...labels.map((label) => new Option(label, label)));
  const button = choice("No, it is the class in this list", () => select.value);
  return [select, button];
}

function show(answer) {
  const prediction = answer.predictions[0];
  const labels = Object.keys(prediction.probabilities);
  const judgement = { prediction_id: prediction.prediction_id, sent: false };
  const choice = (words, label) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = words;
    button.addEventListener("click", () => judge(judgement, typeof label === "function" ? label() : label));
    return button;
  };
  part("label").textContent = prediction.label;
  part("model").textContent = `${answer.model.name}, version ${answer.model.version}`;
  const shown = labels.length > MOST_SHOWN ? mostProbable(prediction.probabilities) : labels;
  part("bars").replaceChildren(...shown.map((label) => bar(label, prediction.probabilities[label])));
  const others = shown.filter((label) => label !== prediction.label);
  part("choices").replaceChildren(
    choice("Yes", prediction.label),
    ...others.map((label) => choice(`No, it is ${label}`, label)),
    ...(shown.length < labels.length ? selection(labels, choice) : []),
  );
  part("answer").hidden = false;
  part("judgement").hidden = "unavailable" in part("judgement").dataset; // the service remembers no predictions
}

// Shows the prediction for the last text only. An earlier request that still waits is aborted.
async function ask(event) {
  event.preventDefault();
  if (asking) asking.abort();
  const mine = (asking = new AbortController());
  part("problem").textContent = part("thanks").textContent = "";
  part("answer").hidden = part("judgement").hidden = true;
  try {
    const answer = await call("predict", { text: part("text").value }, mine.signal);
    if (asking === mine) show(answer);
  } catch (error) {
    if (asking === mine) part("problem").textContent = error.message;
  } finally {
    if (asking === mine) asking = null;
  }
}

// Sends one judgement of a prediction, however often its buttons are pressed.
async function judge(judgement, label) {
  if (judgement.sent) return; // disabling the button would lose the focus
  judgement.sent = true;
  const shown = part("choices").firstChild;
  const isShown = () => part("choices").firstChild === shown && !part("judgement").hidden;
  part("problem").textContent = "";
  try {
    await call("feedback", { prediction_id: judgement.prediction_id, label });
    if (!isShown()) return; // another text was classified in the meantime
    part("judgement").hidden = true;
    part("thanks").textContent = "Thank you. Your feedback was saved.";
    part("text").focus(); // the focused button has disappeared
  } catch (error) {
    judgement.sent = false;
    if (isShown()) part("problem").textContent = error.message;
  }
}

part("question").addEventListener("submit", ask);
part("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) part("question").requestSubmit();
});
