// Passkeys: forms marked data-passkey ask the browser for a key and send what it answers. Without a browser that
// knows passkeys the forms stay hidden and [data-passkey-unable] stays in view.

const toBytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (character) => character.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const withBytes = (list) => (list ?? []).map((one) => ({ ...one, id: toBytes(one.id) }));

function creationOptions({ publicKey }, isPasskey) {
  const wish = isPasskey
    ? { residentKey: "required", requireResidentKey: true, userVerification: "required" }
    : { residentKey: "discouraged", requireResidentKey: false };
  return {
    publicKey: {
      ...publicKey,
      challenge: toBytes(publicKey.challenge),
      user: { ...publicKey.user, id: toBytes(publicKey.user.id) },
      excludeCredentials: withBytes(publicKey.excludeCredentials),
      authenticatorSelection: { ...publicKey.authenticatorSelection, ...wish },
    },
  };
}

function requestOptions({ publicKey }) {
  return {
    publicKey: {
      ...publicKey,
      challenge: toBytes(publicKey.challenge),
      allowCredentials: withBytes(publicKey.allowCredentials),
    },
  };
}

function asJson(credential) {
  const { response } = credential;
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: Object.fromEntries(parts.filter((name) => response[name]).map((name) => [name, toText(response[name])])),
  });
}

const pageOptions = () => JSON.parse(document.getElementById("passkey-options").textContent);

async function fetchOptions(form) {
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`The server answered ${answer.status}`);
  return (await answer.json()).request_options;
}

const ways = {
  create: (form) =>
    navigator.credentials.create(creationOptions(pageOptions(), form.elements.passwordless?.checked ?? true)),
  use: () => navigator.credentials.get(requestOptions(pageOptions())),
  "sign-in": async (form) => navigator.credentials.get(requestOptions(await fetchOptions(form))),
};

function showError(form, kind) {
  for (const line of form.querySelectorAll("[data-passkey-error]")) {
    line.hidden = line.dataset.passkeyError !== kind;
  }
}

function enhance(form) {
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    showError(form, "");
    try {
      form.elements.credential.value = asJson(await ways[form.dataset.passkey](form));
      form.submit();
    } catch (error) {
      showError(form, error.name === "InvalidStateError" ? "known" : "refused");
    }
  });
}

if (window.PublicKeyCredential && window.isSecureContext) {
  document.querySelectorAll("form[data-passkey]").forEach(enhance);
  document.querySelectorAll("[data-passkey-unable]").forEach((line) => line.remove());
}
