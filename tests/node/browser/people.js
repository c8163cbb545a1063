// People with accounts made through the API, in windows of their own, and those who decide about others.
import assert from "node:assert/strict";
import { PASSWORD } from "../support/api.js";
import { open } from "../support/browser.js";

/** A window in which a person of the API is signed in and at `path`. */
export async function enter(t, browser, server, person, path = "/", options) {
  const page = await open(t, browser, options);
  await visit(page, server, person, path);
  return page;
}

/** Signs a person of the API in in a window, and goes to `path`. */
export async function visit(page, server, person, path) {
  await page.context().addCookies([{ name: "chinwag_session", value: person.token, url: server.url }]);
  await page.goto(server.url + path);
}

/** The first administrator, made by the link that the server has printed. */
export async function administrator(server) {
  const { pathname } = new URL(await server.firstAdministrator);
  const body = new URLSearchParams({ name: "Root", password: PASSWORD });
  const made = await fetch(server.url + pathname, { method: "POST", body, redirect: "manual" });
  assert.equal(made.status, 303);
  return signedIn(server, "/api/v1/session", { name: "Root", password: PASSWORD });
}

/** A guest, who has to be let in first. */
export function guest(server, name) {
  return signedIn(server, "/api/v1/guest", { name });
}

async function signedIn(server, path, given) {
  const json = { "content-type": "application/json" };
  const answer = await (await fetch(server.url + path, { method: "POST", headers: json, body: JSON.stringify(given) })).json();
  assert.ok(answer.ok, JSON.stringify(answer));
  const call = async (method, path, body) => {
    const headers = { ...json, authorization: `Bearer ${answer.token}` };
    const response = await fetch(`${server.url}/api/v1${path}`, { method, headers, body: JSON.stringify(body) });
    const told = await response.json();
    assert.ok(told.ok, `${method} ${path}: ${JSON.stringify(told)}`);
    return told;
  };
  return { name: given.name, id: answer.user.id, token: answer.token, call };
}
