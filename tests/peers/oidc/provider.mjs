// A real OpenID Connect provider with invented people, for the tests of logging in. One JSON line on standard output says where it is;
// `POST /control` changes what the tests need changed: a person's claims, the signing keys, how far its clock is off.
import { generateKeyPair, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { promisify } from "node:util";
import Provider from "oidc-provider";

// With a key and a certificate (PEM files) it is reached through HTTPS, as `localhost`.
const [port, redirect, secret, keyFile, certificateFile] = process.argv.slice(2);
const issuer = keyFile ? `https://localhost:${port}` : `http://127.0.0.1:${port}`;
const people = new Map();
// How far the provider's clock is off; it reads it through this function alone.
let secondsOff = 0;
const now = Date.now;
Date.now = () => now() + secondsOff * 1000;

async function key(type) {
  const options = type === "ec" ? { namedCurve: "P-256" } : { modulusLength: 2048 };
  const { privateKey } = await promisify(generateKeyPair)(type, options);
  const alg = type === "ec" ? "ES256" : "RS256";
  return { ...privateKey.export({ format: "jwk" }), kid: randomUUID(), use: "sig", alg };
}

async function open(type) {
  const provider = new Provider(issuer, {
    clients: [{ client_id: "qianhai", client_secret: secret, redirect_uris: [redirect], id_token_signed_response_alg: type === "ec" ? "ES256" : "RS256" }],
    jwks: { keys: [await key(type)] },
    cookies: { keys: ["a key of the tests"] },
    claims: { openid: ["sub"], profile: ["name", "paper_kind", "paper_number", "offices"] },
    pkce: { required: () => true },
    ttl: { IdToken: 600, Interaction: 600, Session: 600, Grant: 600, AccessToken: 600 },
    findAccount: (_, sub) => people.has(sub) && { accountId: sub, claims: () => ({ sub, ...people.get(sub) }) },
  });
  provider.on("server_error", (_, error) => console.error(error));
  return provider.callback();
}

let answer = await open("rsa");

async function control(request, response) {
  let text = "";
  for await (const part of request) text += part;
  const wish = JSON.parse(text);
  for (const [sub, claims] of Object.entries(wish.people ?? {})) people.set(sub, claims);
  secondsOff = wish.seconds_off ?? secondsOff;
  if (wish.new_key) answer = await open(wish.new_key);
  response.end("{}");
}

function serve(request, response) {
  if (request.url === "/control") control(request, response).catch((error) => response.writeHead(500).end(String(error)));
  else answer(request, response);
}

const server = keyFile ? createSecureServer({ key: readFileSync(keyFile), cert: readFileSync(certificateFile) }, serve) : createServer(serve);
server.listen(Number(port), "127.0.0.1", () => console.log(JSON.stringify({ issuer })));
