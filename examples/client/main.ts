// Registers a company for the owner of a token: asks whether the name is free, hands in the application of a file, waits for the decision.
//   QIANHAI_URL=http://127.0.0.1:8080 QIANHAI_TOKEN=qht_… node dist/main.js application.json
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import createClient from "openapi-fetch";
import type { components, operations, paths } from "./schema.js";

type Application = operations["instant_registration_apply"]["requestBody"]["content"]["application/json"];
type Refused = components["schemas"]["Error"];

/** How long the program waits for a decision, and how often it looks, in milliseconds. */
const WAIT_MS_MAX = 60_000;
const LOOK_MS = 500;

function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

const api = createClient<paths>({
  baseUrl: fromEnvironment("QIANHAI_URL"),
  headers: { Authorization: `Bearer ${fromEnvironment("QIANHAI_TOKEN")}` },
});

/** The answer, or an end with the server's own words. */
function given<T>({ data, error }: { data?: T; error?: Refused }): T {
  if (data !== undefined) return data;
  const faults = error?.error.faults?.map((f) => `\n  ${f.pointer}: ${f.message.en}`) ?? [];
  throw new Error(`${error?.error.code}: ${error?.error.message.en}${faults.join("")}`);
}

async function main(file: string) {
  const application = JSON.parse(readFileSync(file, "utf8")) as Application;
  const me = given(await api.GET("/api/me"));
  console.log(`logged in as ${me.account.name}`);

  const { name } = application;
  const checked = given(await api.POST("/api/services/instant-registration/ask/check-name", { body: { name } }));
  console.log(`name: ${JSON.stringify(checked)}`);

  // Under this key the application is handed in once, however often the request has to be sent.
  const header = { "Idempotency-Key": randomUUID() };
  let seen = given(await api.POST("/api/services/instant-registration/cases", { params: { header }, body: application }));
  console.log(`case ${seen.id}: ${seen.status_text.en}`);

  const until = Date.now() + WAIT_MS_MAX;
  while (!seen.closed) {
    if (Date.now() > until) throw new Error(`case ${seen.id} is still ${seen.status}`);
    await new Promise((wait) => setTimeout(wait, LOOK_MS));
    seen = given(await api.GET("/api/cases/{id}", { params: { path: { id: seen.id } } }));
  }
  console.log(`decided: ${seen.status_text.en}`);
}

const file = process.argv[2];
if (!file) throw new Error("say which file holds the application");
await main(file);
