// Single keys for staff: "/" goes to the search, "?" shows the sheet. They can be switched off.
const sheet = document.getElementById("pintasan");
const search = document.querySelector("[data-key='/']");
const active = sheet.querySelector("input");

active.checked = localStorage.getItem("pulih-pintasan") !== "mati";
active.addEventListener("change", () => {
  if (active.checked) localStorage.removeItem("pulih-pintasan");
  else localStorage.setItem("pulih-pintasan", "mati");
});

function typing(target) {
  return target.closest("input, textarea, select, [contenteditable]");
}

document.addEventListener("keydown", (event) => {
  if (!active.checked || event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing(event.target) || sheet.open) return;
  if (event.key === "/" && search) search.focus();
  else if (event.key === "?") sheet.showModal();
  else return;
  event.preventDefault();
});

for (const button of document.querySelectorAll("[data-opens='pintasan']")) {
  button.addEventListener("click", () => sheet.showModal());
}
