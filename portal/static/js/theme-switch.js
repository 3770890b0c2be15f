// The switch between day and night. Choosing what the machine prefers follows the machine again.
const night = matchMedia("(prefers-color-scheme: dark)");

function turn() {
  const next = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
  const preferred = night.matches ? "dark" : "light";
  if (next === preferred) localStorage.removeItem("pulih-tema");
  else localStorage.setItem("pulih-tema", next);
  dispatchEvent(new Event("pulih:tema"));
}

for (const button of document.querySelectorAll("[data-theme-switch]")) {
  button.addEventListener("click", turn);
}
