"use strict";

const MOST_SHOWN = 10; // classes with a bar and a button each; a list offers the others
const inputs = [...document.querySelectorAll("[data-input]")]; // the fields of the form for the inputs of the model
let asking = null; // the AbortController of the request for a prediction that waits for its answer

function bar(label, probability) {
  const row = element("li");
  const figures = element("span", "figures");
  figures.append(element("span", "", label), " ", element("span", "", `${(100 * probability).toFixed(1)} %`));
  const track = element("span", "track");
  track.setAttribute("aria-hidden", "true"); // the number says the same
  const fill = element("span", "fill");
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
  const select = element("select");
  select.setAttribute("aria-label", `All ${labels.length} classes`);
  select.append(...labels.map((label) => new Option(label, label)));
  const button = choice("No, it is the class in this list", () => select.value);
  return [select, button];
}

// Returns what is typed and chosen: a form if the model reads files, else an object.
function question() {
  if (!inputs.some((input) => input.type === "file")) {
    return Object.fromEntries(inputs.map((input) => [input.dataset.input, input.value]));
  }
  const form = new FormData();
  for (const input of inputs) {
    const value = input.type === "file" ? input.files[0] : input.value;
    if (value) form.append(input.dataset.input, value);
  }
  return form;
}

// Shows the decision of a model with rules, which may be that it does not know, and else the most probable class.
function showDecision(prediction) {
  const abstains = prediction.decision === "abstain";
  part("kind").textContent = prediction.decision === undefined ? "Prediction" : "Decision";
  part("label").textContent = abstains ? "don\u2019t know" : (prediction.decision ?? prediction.label);
  part("undecided").hidden = !abstains;
  const plausible = prediction.prediction_set;
  part("plausible").hidden = plausible === undefined;
  if (plausible !== undefined) part("plausible").textContent = `Plausible: ${plausible.join(", ") || "no class"}`;
}

function show(answer, asked) {
  const prediction = answer.predictions[0];
  const labels = Object.keys(prediction.probabilities);
  const judgement = { prediction_id: prediction.prediction_id, asked, sent: false };
  const choice = (words, label) => {
    const button = element("button", "", words);
    button.type = "button";
    button.addEventListener("click", () => judge(judgement, typeof label === "function" ? label() : label));
    return button;
  };
  showDecision(prediction);
  part("model").textContent = `${answer.model.name}, version ${answer.model.version}`;
  part("truncated").hidden = !prediction.truncated;
  const shown = labels.length > MOST_SHOWN ? mostProbable(prediction.probabilities) : labels;
  part("bars").replaceChildren(...shown.map((label) => bar(label, prediction.probabilities[label])));
  const others = shown.filter((label) => label !== prediction.label);
  const asks = prediction.decision !== undefined && prediction.decision !== prediction.label; // "Yes" would be ambiguous
  const words = (label) => (asks ? `It is ${label}` : `No, it is ${label}`);
  part("judgement-title").textContent = asks ? "What is correct?" : "Is this correct?";
  part("choices").replaceChildren(
    choice(asks ? words(prediction.label) : "Yes", prediction.label),
    ...others.map((label) => choice(words(label), label)),
    ...(shown.length < labels.length ? selection(labels, choice) : []),
  );
  part("answer").hidden = false;
  if (part("why")) offerExplanation(prediction, asked);
  part("judgement").hidden = "unavailable" in part("judgement").dataset; // the service remembers no predictions
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
    const asked = question();
    const answer = await call("predict", asked, mine.signal);
    if (asking === mine) show(answer, asked);
  } catch (error) {
    if (asking === mine) part("problem").textContent = error.message;
  } finally {
    if (asking === mine) asking = null;
  }
}

// Returns the body of feedback. If the service keeps files, the form goes along once more.
function feedback(judgement, label) {
  const fields = { prediction_id: judgement.prediction_id, label };
  if (!("keepsFiles" in part("judgement").dataset)) return fields;
  for (const [name, value] of Object.entries(fields)) judgement.asked.set(name, value);
  return judgement.asked;
}

// Sends one judgement of a prediction, however often its buttons are pressed.
async function judge(judgement, label) {
  if (judgement.sent) return; // disabling the button would lose the focus
  judgement.sent = true;
  const shown = part("choices").firstChild;
  const isShown = () => part("choices").firstChild === shown && !part("judgement").hidden;
  part("problem").textContent = "";
  try {
    await call("feedback", feedback(judgement, label));
    if (!isShown()) return; // something else was classified in the meantime
    part("judgement").hidden = true;
    part("thanks").textContent = "Thank you. Your feedback was saved.";
    inputs[0].focus(); // the focused button has disappeared
  } catch (error) {
    judgement.sent = false;
    if (isShown()) part("problem").textContent = error.message;
  }
}

part("question").addEventListener("submit", ask);
for (const input of inputs) {
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) part("question").requestSubmit();
  });
}
