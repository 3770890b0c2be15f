// Keeps the live part of a page fresh: often while it is looked at, seldom while it is not, and
// says so when the portal cannot be reached. Without this file the page still works: reload it.
const part = document.querySelector("[data-live]");
const lost = document.querySelector(".offline");
const icon = document.querySelector("link[rel='icon']");
const UNSEEN = 60; // seconds between two looks while nobody looks
let last = performance.now();

function refresh() {
  last = performance.now();
  part.dispatchEvent(new Event("segar"));
}

function due() {
  const seen = document.visibilityState === "visible";
  const every = seen ? Number(part.dataset.live) : UNSEEN;
  if (every && performance.now() - last >= every * 1000) refresh();
}

if (part) {
  setInterval(due, 1000);
  addEventListener("online", refresh);
  document.addEventListener("visibilitychange", due);
}

// A page left open for a day is sent to the sign-in: go there instead of showing it inside.
document.addEventListener("htmx:before:response", (event) => {
  const answer = event.detail.ctx.response.raw;
  if (answer.redirected) location.reload();
  lost.hidden = answer.ok;
  if (answer.redirected || !answer.ok) event.preventDefault();
});
document.addEventListener("htmx:error", () => {
  lost.hidden = false;
});
document.addEventListener("htmx:after:swap", () => {
  if (part?.dataset.icon) icon.href = part.dataset.icon;
});
