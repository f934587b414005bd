"use strict";

const MOST_WORDS = 8; // rows of the table
const LEAST_SHARE = 0.05; // of the strongest word's contribution; a weaker word has no mark
const STRENGTHS = ["weak", "medium", "strong"]; // by thirds of the strongest word's contribution
let explaining = null; // the AbortController of the request for an explanation that waits for its answer

const side = (contribution) => (contribution > 0 ? "for" : "against");
const sign = (contribution) => (contribution > 0 ? "+" : "−");

function strength(contribution, largest) {
  const share = Math.abs(contribution) / largest;
  return share < LEAST_SHARE || !largest ? 0 : Math.min(Math.ceil(3 * share), 3);
}

// Returns a word of the text: with a line, signs, and words that only a screen reader says.
function marked(word, largest) {
  const level = strength(word.contribution, largest);
  if (!level) return document.createTextNode(word.word);
  const name = STRENGTHS[level - 1];
  const mark = element("mark", `word ${side(word.contribution)} ${name}`, word.word);
  const signs = element("span", "signs", sign(word.contribution).repeat(level));
  signs.setAttribute("aria-hidden", "true"); // the next words say the same
  mark.append(signs, element("span", "unseen", ` (${side(word.contribution)}, ${name})`));
  return mark;
}

// Shows the text as it was sent, with its words marked, and the strongest words in a table.
function showExplanation(answer, text) {
  const largest = Math.max(0, ...answer.words.map((word) => Math.abs(word.contribution)));
  const characters = [...text]; // places count code points
  const parts = [];
  let end = 0;
  for (const word of answer.words) {
    parts.push(characters.slice(end, word.start).join(""), marked(word, largest));
    end = word.end;
  }
  part("marked").replaceChildren(...parts, characters.slice(end).join(""));
  const counted = answer.words.filter((word) => strength(word.contribution, largest));
  counted.sort((one, other) => Math.abs(other.contribution) - Math.abs(one.contribution));
  part("strongest").textContent = counted.length
    ? `Words that count most for or against “${answer.label}”`
    : `No word speaks for or against “${answer.label}”.`;
  part("contributions").replaceChildren(
    ...counted.slice(0, MOST_WORDS).map((word) => {
      const row = element("tr");
      const value = `${sign(word.contribution)}${Math.abs(word.contribution).toFixed(2)}`;
      const name = element("th", "", word.word);
      name.scope = "row";
      row.append(name, element("td", "", side(word.contribution)), element("td", "", value));
      return row;
    }),
  );
  part("explanation").hidden = false;
}

// Offers an explanation of a new prediction.
function offerExplanation(prediction, asked) {
  if (explaining) explaining.abort();
  const labels = Object.keys(prediction.probabilities);
  part("explained").replaceChildren(...labels.map((label) => new Option(label, label)));
  part("explained").value = prediction.label;
  part("explain").onclick = () => explain(asked.text);
  part("explanation").hidden = true;
  part("why").hidden = false;
}

function withdrawExplanation() {
  if (explaining) explaining.abort();
  part("why").hidden = true;
}

async function explain(text) {
  if (explaining) explaining.abort();
  const mine = (explaining = new AbortController());
  part("problem").textContent = "";
  try {
    const answer = await call("explain", { text, label: part("explained").value }, mine.signal);
    if (explaining === mine) showExplanation(answer, text);
  } catch (error) {
    if (explaining === mine && !mine.signal.aborted) part("problem").textContent = error.message;
  } finally {
    if (explaining === mine) explaining = null;
  }
}
