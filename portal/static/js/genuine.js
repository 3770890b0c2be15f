// Compares a PDF with the issued one by its SHA-256. The file never leaves the browser.
const drop = document.querySelector(".drop");
const input = drop?.querySelector("input");
const verdict = document.querySelector(".verdict");

const hexadecimal = (buffer) =>
  [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

const tell = (which) => {
  const words = document.querySelector(`template[data-verdict="${which}"]`);
  verdict.replaceChildren(words.content.cloneNode(true));
  verdict.dataset.verdict = which;
  verdict.hidden = false;
};

const compare = async (file) => {
  if (!file) return;
  try {
    const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    tell(hexadecimal(digest) === drop.dataset.sha256 ? "same" : "other");
  } catch {
    tell("unread");
  }
};

if (!globalThis.crypto?.subtle) document.querySelector(".compare")?.setAttribute("hidden", "");
input?.addEventListener("change", () => compare(input.files[0]));
drop?.addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.classList.add("over");
});
drop?.addEventListener("dragleave", () => drop.classList.remove("over"));
drop?.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  compare(event.dataTransfer.files[0]);
});
