// Runs before the first paint, so that no page flashes in the wrong light.
(() => {
  const root = document.documentElement;
  const night = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try {
      return localStorage.getItem("pulih-tema");
    } catch {
      return null; // storage may be forbidden; the preference still holds
    }
  };
  const apply = () => {
    root.dataset.bsTheme = chosen() ?? (night.matches ? "dark" : "light");
  };
  root.classList.add("js");
  apply();
  night.addEventListener("change", apply);
  addEventListener("storage", apply);
  addEventListener("pulih:tema", apply);
})();
