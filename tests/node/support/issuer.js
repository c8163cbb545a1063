// An issuer of OpenID Connect, as a program: the real `oidc-provider`, with one client.
//
//   node issuer.js PORT REDIRECT-URI
//
// It says "listening on PORT" once it does, and ends on SIGTERM. Whoever comes with a `login_hint` is signed in under that name at
// once; others are asked for it by a form. What people are like, and what the issuer does, is said to it under /test/:
//
//   POST /test/people/NAME   JSON: claims in place of the usual ones, or {"refuses": true}: they do not let us know who they are
//   POST /test/keys          JSON: {"algorithm": "RS256" or "ES256"}; new keys take the place of the old ones
//   POST /test/expire        the codes that were given out are good no more
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer } from "node:http";

// Whoever started us reads one line of our output, and no more.
console.info = console.error;
const { Provider } = await import("oidc-provider");

/** Who we know, and how they prove it. The tests have the same. */
const CLIENT = { client_id: "chinwag", client_secret: "what-only-the-client-knows" };

const [port, redirectUri] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const cookieKeys = [randomBytes(16).toString("hex")];
const people = new Map();
let algorithm = "RS256";

/** What is kept; new keys do not touch it. */
const kept = new Map();

class Adapter {
  #model;

  constructor(model) {
    this.#model = model;
  }

  async upsert(id, payload) {
    this.#all.set(id, payload);
  }

  async find(id) {
    return this.#all.get(id);
  }

  async findByUid(uid) {
    return [...this.#all.values()].find((payload) => payload.uid === uid);
  }

  async consume(id) {
    this.#all.get(id).consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    this.#all.delete(id);
  }

  async revokeByGrantId(grantId) {
    for (const [id, payload] of this.#all) if (payload.grantId === grantId) this.#all.delete(id);
  }

  get #all() {
    if (!kept.has(this.#model)) kept.set(this.#model, new Map());
    return kept.get(this.#model);
  }
}

function withNewKeys() {
  const keys = [newKey("RS256", "rsa", { modulusLength: 2048 }), newKey("ES256", "ec", { namedCurve: "P-256" })];
  return new Provider(issuer, {
    adapter: Adapter,
    clients: [{ ...CLIENT, redirect_uris: [redirectUri], id_token_signed_response_alg: algorithm }],
    jwks: { keys },
    cookies: { keys: cookieKeys },
    claims: { openid: ["sub"], profile: ["name", "preferred_username"], email: ["email", "email_verified"] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId, ...claims(accountId) }) }),
  });
}

function newKey(alg, type, options) {
  const { privateKey } = generateKeyPairSync(type, options);
  return { ...privateKey.export({ format: "jwk" }), alg, use: "sig", kid: randomBytes(8).toString("hex") };
}

function claims(name) {
  const usual = { name, preferred_username: name, email: `${name}@example.org`, email_verified: true };
  return { ...usual, ...people.get(name) };
}

/** Signs somebody in, or asks them for their name. */
async function interact(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  const form = request.method === "POST" ? new URLSearchParams(await body(request)) : new URLSearchParams();
  const name = params.login_hint ?? form.get("name");
  if (!name) {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(`<!doctype html><html lang="en"><title>Issuer</title><link rel="icon" href="data:,"><form method="post"><label>Account <input name="name"></label><button>Say who I am</button></form>`);
    return;
  }
  const finish = (result) => provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  if (people.get(name)?.refuses) {
    await finish({ error: "access_denied", error_description: "they said no" });
    return;
  }
  const grant = new provider.Grant({ accountId: name, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  await finish({ login: { accountId: name }, consent: { grantId: await grant.save() } });
}

async function control(request, response, path) {
  const said = JSON.parse((await body(request)) || "{}");
  const [, person] = path.match(/^people\/(\w+)$/) ?? [];
  if (person) {
    people.set(person, said);
  } else if (path === "keys") {
    algorithm = said.algorithm;
    provider = withNewKeys();
  } else if (path === "expire") {
    kept.delete("AuthorizationCode");
  } else {
    response.statusCode = 404;
  }
  response.end();
}

async function body(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

async function answer(request, response) {
  const { pathname } = new URL(request.url, issuer);
  if (pathname.startsWith("/test/")) return control(request, response, pathname.slice("/test/".length));
  if (pathname.startsWith("/interaction/")) return interact(request, response);
  return provider.callback()(request, response);
}

let provider = withNewKeys();
const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error(error);
    response.statusCode = 500;
    response.end();
  });
});
server.listen(Number(port), "127.0.0.1", () => console.log(`listening on ${port}`));
process.on("SIGTERM", () => {
  server.close();
  server.closeAllConnections();
});
