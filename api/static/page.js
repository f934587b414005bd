"use strict";

const part = (name) => document.getElementById(name);
let prediction = null;
let busy = false;

// Returns the answer of the service, or throws an error with a readable message.
async function call(path, body) {
  const headers = {};
  const key = part("key").value.trim();
  if (key) headers["X-API-Key"] = key;
  if (body) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body) });
  } catch {
    throw new Error("The service cannot be reached. Try again in a moment.");
  }
  const document = await response.json().catch(() => ({}));
  if (response.status === 401 || response.status === 403) part("access").open = true;
  if (!response.ok) throw new Error(document.detail || `The service answered ${response.status}.`);
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

function choice(words, label) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = words;
  button.addEventListener("click", () => judge(label));
  return button;
}

function show(answer) {
  prediction = answer.predictions[0];
  const labels = Object.keys(prediction.probabilities);
  part("label").textContent = prediction.label;
  part("model").textContent = `${answer.model.name}, version ${answer.model.version}`;
  part("bars").replaceChildren(...labels.map((label) => bar(label, prediction.probabilities[label])));
  const others = labels.filter((label) => label !== prediction.label);
  part("choices").replaceChildren(
    choice("Yes", prediction.label),
    ...others.map((label) => choice(`No, it is ${label}`, label)),
  );
  part("answer").hidden = part("judgement").hidden = false;
}

async function ask(event) {
  event.preventDefault();
  part("problem").textContent = part("thanks").textContent = "";
  part("answer").hidden = part("judgement").hidden = true;
  if (busy) return; // disabling the button would lose the focus
  busy = true;
  try {
    show(await call("predict", { text: part("text").value }));
  } catch (error) {
    part("problem").textContent = error.message;
  } finally {
    busy = false;
  }
}

async function judge(label) {
  part("problem").textContent = "";
  try {
    await call("feedback", { prediction_id: prediction.prediction_id, label });
    part("judgement").hidden = true;
    part("thanks").textContent = "Thank you. Your feedback was saved.";
    part("text").focus(); // the focused button has disappeared
  } catch (error) {
    part("problem").textContent = error.message;
  }
}

part("question").addEventListener("submit", ask);
part("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) part("question").requestSubmit();
});
