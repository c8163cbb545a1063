// What the owner of a second factor has: the app on their phone (RFC 6238).
import { createHmac } from "node:crypto";

const STEP_MS = 30_000;
/** How long it takes at most to type a code and to send it. */
const TYPING_MS = 15_000;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The app, given the secret as a page shows it. */
export function authenticator(secret) {
  const bits = [...secret.replaceAll(" ", "")].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, "0"));
  const bytes = bits.join("").match(/.{8}/g).map((byte) => Number.parseInt(byte, 2));
  const key = Buffer.from(bytes);
  let used = 0;
  return {
    /**
     * A code that was not used, and is still good when it has been typed. At any time there are two or three; who needs more
     * waits as people do.
     */
    async code() {
      const step = Math.max(Math.floor((Date.now() + TYPING_MS) / STEP_MS) - 1, used + 1);
      while (step > Math.floor(Date.now() / STEP_MS) + 1) {
        await new Promise((resolve) => setTimeout(resolve, (step - 1) * STEP_MS - Date.now()));
      }
      used = step;
      return codeOf(key, step);
    },
  };
}

function codeOf(key, step) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", key).update(counter).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}
