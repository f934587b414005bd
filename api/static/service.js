"use strict";

const part = (name) => document.getElementById(name);

// Returns the service's answer to an object or a form, or throws an error with a readable message.
async function call(path, body, signal) {
  const isForm = body instanceof FormData;
  const headers = isForm ? {} : { "Content-Type": "application/json" }; // the browser names the type of a form
  const key = part("key").value.trim();
  if (key) headers["X-API-Key"] = key;
  let response;
  try {
    response = await fetch(path, { method: "POST", headers, body: isForm ? body : JSON.stringify(body), signal });
  } catch {
    throw new Error("The service cannot be reached. Try again in a moment.");
  }
  const document = await response.json().catch(() => null);
  if (response.status === 401 || response.status === 403) part("access").open = true;
  if (!response.ok) throw new Error(document?.detail || `The service answered with status ${response.status}.`);
  if (!document) throw new Error("The service's answer cannot be read. Try again in a moment.");
  return document;
}

// Returns an element of the page with a class and a text. The text is never read as HTML.
function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}
