// Puts the key of a mailed link into its field. It stands behind the "#", which no browser sends
// anywhere, and leaves the address bar at once; without script people copy it from the mail.
const field = document.querySelector("input[name=kunci]");
const key = location.hash.slice(1);

if (field && /^[\w-]{43}$/.test(key)) {
  field.value = key;
  history.replaceState(null, "", location.pathname);
}
