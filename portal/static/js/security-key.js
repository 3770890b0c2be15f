// Security keys: the form that wears data-security-key asks the key, then posts what it said.
const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
const known = (list) => (list || []).map((item) => ({ ...item, id: bytes(item.id) }));

function asked(kind) {
  const data = JSON.parse(document.getElementById("kunci-data").textContent);
  const options = (data.creation_options || data.request_options).publicKey;
  const plain = { ...options, challenge: bytes(options.challenge) };
  if (kind === "create") {
    plain.user = { ...options.user, id: bytes(options.user.id) };
    plain.excludeCredentials = known(options.excludeCredentials);
  } else {
    plain.allowCredentials = known(options.allowCredentials);
  }
  return { publicKey: plain };
}

function told(credential) {
  const said = credential.response;
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (said[name]) response[name] = text(said[name]);
  }
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
}

for (const form of document.querySelectorAll("[data-security-key]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const kind = form.dataset.securityKey;
    const trouble = form.querySelector("[data-key-trouble]");
    trouble.hidden = true;
    trouble.classList.remove("d-block");
    try {
      const credential = await navigator.credentials[kind](asked(kind));
      form.elements.credential.value = told(credential);
      form.submit();
    } catch {
      trouble.hidden = false;
      trouble.classList.add("d-block");
    }
  });
}
