// The proof of work of a public form: finds a number that makes SHA-256("token:number") begin with zeros.
// The same file is the page's script and, in a worker, the search itself, so that typing never stutters.
"use strict";

(() => {
  const K = new Uint32Array(64);
  const START = new Uint32Array(8);
  (() => {
    // The first bits of the roots of primes, as FIPS 180-4 has them.
    const bits = (value) => ((value - Math.floor(value)) * 2 ** 32) | 0;
    for (let number = 2, found = 0; found < 64; number += 1) {
      let isPrime = true;
      for (let other = 2; other * other <= number; other += 1) if (number % other === 0) isPrime = false;
      if (!isPrime) continue;
      if (found < 8) START[found] = bits(Math.sqrt(number));
      K[found] = bits(Math.cbrt(number));
      found += 1;
    }
  })();
  const W = new Uint32Array(64);
  const turn = (value, by) => (value >>> by) | (value << (32 - by));

  function mix(state, bytes, offset) {
    for (let i = 0; i < 16; i += 1) {
      const at = offset + i * 4;
      W[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    }
    for (let i = 16; i < 64; i += 1) {
      const a = W[i - 15];
      const b = W[i - 2];
      W[i] = W[i - 16] + W[i - 7] + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10));
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i += 1) {
      const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
    }
    state[0] += a; state[1] += b; state[2] += c; state[3] += d;
    state[4] += e; state[5] += f; state[6] += g; state[7] += h;
  }

  function digest(text) {
    const length = text.length;  // tokens and digits: one byte each
    const bytes = new Uint8Array((((length + 8) >> 6) + 1) << 6);
    for (let i = 0; i < length; i += 1) bytes[i] = text.charCodeAt(i);
    bytes[length] = 0x80;
    new DataView(bytes.buffer).setUint32(bytes.length - 4, length * 8);
    const state = START.slice();
    for (let offset = 0; offset < bytes.length; offset += 64) mix(state, bytes, offset);
    return state;
  }

  const solves = (text, bits) => {
    const first = digest(text);
    return bits <= 32 && (bits === 32 ? first[0] === 0 : first[0] >>> (32 - bits) === 0);
  };

  if (typeof document === "undefined") {
    self.onmessage = (event) => {
      const { token, bits } = event.data;
      for (let number = 0; ; number += 1) {
        if (solves(`${token}:${number}`, bits)) {
          self.postMessage(String(number));
          return;
        }
      }
    };
    return;
  }

  const address = document.currentScript.src;

  function work(field) {
    const form = field.form;
    if (!form || field.dataset.begun) return;
    field.dataset.begun = "true";
    if (field.value) return; // done on an earlier page, for the same token
    const worker = new Worker(address);
    worker.onmessage = (event) => {
      field.value = event.data;
      worker.terminate();
      field.dispatchEvent(new Event("work-done", { bubbles: true }));
    };
    worker.postMessage({ token: form.elements.token.value, bits: Number(field.dataset.workBits) });
    // Sent before it is found, the form waits for it: a moment, and never longer than this.
    form.addEventListener("submit", (event) => {
      if (field.value || form.dataset.worked) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const go = () => {
        form.dataset.worked = "true";
        form.requestSubmit(event.submitter);
      };
      const patience = setTimeout(go, 8000);
      field.addEventListener("work-done", () => { clearTimeout(patience); go(); }, { once: true });
    }, true);
  }

  const workAll = () => document.querySelectorAll("[data-work-bits]").forEach(work);
  workAll();
  new MutationObserver(workAll).observe(document.body, { childList: true, subtree: true }); // a page put in by a script
})();
