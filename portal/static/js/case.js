// The case's page: copies the number, and lets others know when this page is left.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.setAttribute("aria-label", button.dataset.copied);
    button.title = button.dataset.copied;
  });
}

const here = document.querySelector(".here-too");
if (here) {
  addEventListener("pagehide", () => {
    const words = new FormData(here);
    words.set("pergi", "1");
    navigator.sendBeacon(here.getAttribute("hx-post"), words);
  });
}
