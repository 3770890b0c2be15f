// Single keys for staff: "/" goes to the page's search, "?" shows the sheet, j and k walk down and
// up the rows, Enter opens one. They can be switched off.
const sheet = document.getElementById("pintasan");
const search =
  document.querySelector("main [data-key='/']") ?? document.querySelector("[data-key='/']");
const active = sheet.querySelector("input");

active.checked = localStorage.getItem("pulih-pintasan") !== "mati";
active.addEventListener("change", () => {
  if (active.checked) localStorage.removeItem("pulih-pintasan");
  else localStorage.setItem("pulih-pintasan", "mati");
});

function typing(target) {
  return target.closest("input, textarea, select, [contenteditable]");
}

// Rows are looked up at each key: the page may have refreshed since. Enter opens a row by itself,
// since what has the focus is its link.
function walk(step) {
  const links = [...document.querySelectorAll("main [data-row]")];
  if (!links.length) return;
  const here = links.indexOf(document.activeElement);
  const next = here < 0 ? (step > 0 ? 0 : links.length - 1) : here + step;
  links[Math.max(0, Math.min(next, links.length - 1))].focus();
}

document.addEventListener("keydown", (event) => {
  if (!active.checked || event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing(event.target) || sheet.open) return;
  if (event.key === "/" && search) search.focus();
  else if (event.key === "?") sheet.showModal();
  else if (event.key === "j") walk(1);
  else if (event.key === "k") walk(-1);
  else return;
  event.preventDefault();
});

for (const button of document.querySelectorAll("[data-opens='pintasan']")) {
  button.addEventListener("click", () => sheet.showModal());
}
