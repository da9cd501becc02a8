/** What the account page and the ways to sign in ask of the server. */
import { call, part, remember } from "./client";
import type { components } from "./schema";
import type { Json, JsonObject, Me } from "./types";

type Shapes = components["schemas"];
export type LoginWays = Shapes["LoginWays"];
export type Ceremony = Shapes["Ceremony"];
export type TokenLine = Shapes["TokenLine"];

export const identity = {
  ways: () => call<LoginWays>("GET", "/api/login/ways"),
  beginPasskeyLogin: () => call<Ceremony>("POST", "/api/login/passkey/begin"),
  finishPasskeyLogin: async (ceremony: string, credential: JsonObject) =>
    remember(await call<Me>("POST", "/api/login/passkey/finish", { body: { ceremony, credential } })),
  passkeys: () => call<Shapes["PasskeyList"]>("GET", "/api/passkeys"),
  beginPasskey: () => call<Ceremony>("POST", "/api/passkeys/begin"),
  finishPasskey: (ceremony: string, name: string, credential: JsonObject) =>
    call<Shapes["Id"]>("POST", "/api/passkeys/finish", { body: { ceremony, name, credential } }),
  removePasskey: (id: string) => call<Json>("DELETE", `/api/passkeys/${part(id)}`),
  tokens: () => call<Shapes["TokenList"]>("GET", "/api/tokens"),
  makeToken: (wish: { label: string; seconds: number; scopes: string[] }) => call<Shapes["Token"]>("POST", "/api/tokens", { body: wish }),
  rotateToken: (id: string) => call<Shapes["RotatedToken"]>("POST", `/api/tokens/${part(id)}/rotate`),
  revokeToken: (id: string) => call<Json>("DELETE", `/api/tokens/${part(id)}`),
  sessions: () => call<Shapes["SessionList"]>("GET", "/api/sessions"),
  endSession: (id: string) => call<Json>("DELETE", `/api/sessions/${part(id)}`),
};
