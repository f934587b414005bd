"use strict";

const SHOWN = 10; // results of a search
let asking = null; // the AbortController of the search that waits for its answer

// Returns a condition's value in words: "Berlin", "Python, Go", "5 to 10", "exactly 5", "at least 5".
function inWords(value) {
  if (Array.isArray(value)) return value.join(", ");
  if (value === null || typeof value !== "object") return String(value ?? "not stated");
  if ("any" in value) return [...(value.all ?? []), value.any.join(" or ")].join(", ");
  if ("all" in value) return value.all.join(", ");
  if (value.min !== undefined && value.min === value.max) return `exactly ${value.min}`;
  if ("min" in value && "max" in value) return `${value.min} to ${value.max}`;
  return "min" in value ? `at least ${value.min}` : `at most ${value.max}`;
}

function chip(name, value) {
  const made = element("li", "chip");
  made.append(element("span", "chip-name", name), " ", inWords(value));
  return made;
}

// Returns the two buttons of a result. A result is judged once, however often they are pressed.
function judgement(search, person) {
  const row = element("div", "judge");
  const judge = async (fits) => {
    if (row.dataset.sent) return; // disabling the buttons would lose the focus
    row.dataset.sent = "yes";
    part("problem").textContent = "";
    try {
      await call("feedback", { search_id: search, document: person.id, fits });
      row.replaceChildren(element("span", "hint", fits ? "You said: this one fits." : "You said: this one does not fit."));
      part("thanks").textContent = "Thank you. Your feedback was saved.";
    } catch (error) {
      delete row.dataset.sent;
      part("problem").textContent = error.message;
    }
  };
  for (const [words, fits] of [["Fits", true], ["Does not fit", false]]) {
    const button = element("button", "", words);
    button.type = "button";
    button.setAttribute("aria-label", `${words}: ${person.title || person.id}`);
    button.addEventListener("click", () => judge(fits));
    row.append(button, " ");
  }
  return row;
}

function result(search, person, judgeable) {
  const row = element("li", "result");
  const head = element("div", "figures");
  head.append(element("h3", "", person.title || person.id), element("span", "hint", `score ${person.score.toFixed(3)}`));
  const fields = element("ul", "chips");
  fields.append(...Object.entries(person.fields).map(([name, value]) => chip(name, value)));
  row.append(head, fields);
  for (const passage of person.passages) row.append(element("blockquote", "", passage));
  const whole = element("details");
  whole.append(element("summary", "", "Profile"), element("p", "profile", person.text + (person.is_shortened ? " …" : "")));
  row.append(whole);
  if (judgeable) row.append(judgement(search, person));
  return row;
}

function show(answer) {
  const { understood, unclear } = answer.request;
  const people = answer.people.length;
  const number = people === 0 ? "Nobody was found" : people === 1 ? "1 person" : `${people} people`;
  const meeting = people > 1 ? "who meet every condition" : "who meets every condition";
  part("count").textContent = understood.length ? `${number} ${meeting}` : number;
  part("conditions").replaceChildren(...understood.map((each) => chip(each.field, each.value)));
  part("conditions").hidden = !understood.length;
  part("unclear").textContent = unclear.length ? `Not read as a condition: ${unclear.join("; ")}` : "";
  part("model").textContent = `${answer.model.name}, version ${answer.model.version}`;
  const judgeable = !("unavailable" in part("results").dataset); // else the service remembers no searches
  part("results").replaceChildren(...answer.people.map((person) => result(answer.search_id, person, judgeable)));
  part("answer").hidden = false;
}

// Shows the results of the last request only. An earlier one that still waits is aborted.
async function ask(event) {
  event.preventDefault();
  if (asking) asking.abort();
  const mine = (asking = new AbortController());
  part("problem").textContent = part("thanks").textContent = "";
  part("answer").hidden = true;
  try {
    const answer = await call("agent_search", { request: part("text").value, k: SHOWN }, mine.signal);
    if (asking === mine) show(answer);
  } catch (error) {
    if (asking === mine) part("problem").textContent = error.message;
  } finally {
    if (asking === mine) asking = null;
  }
}

part("question").addEventListener("submit", ask);
part("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) part("question").requestSubmit();
});
