// The print button of a paper; without script the browser's own menu prints the same.
for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => print());
}
