import { acting, actFor } from "./acting";
import { ApiError, errorOf } from "./errors";
import type { CaseEvent, CasePage, CaseView, Chapters, Delegations, Json, JsonObject, Me, Service, Zone } from "./types";

// The paths of a service are named by the server while the portal runs, so a path can't be checked by a type; the answers are.

/** The token of the session, sent with everything that changes something; it lives in memory only. */
let csrf = "";

interface Call {
  body?: Json;
  query?: Record<string, string | number | undefined>;
  headers?: Record<string, string>;
  /** For the reader himself, also while he acts for another. */
  oneself?: boolean;
}

/** One request; what is not an answer is thrown as an `ApiError`. */
export async function call<T>(method: "GET" | "POST" | "PUT" | "DELETE", path: string, { body, query, headers, oneself }: Call = {}): Promise<T> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined && value !== "") search.set(name, String(value));
  const url = search.size > 0 ? `${path}?${search}` : path;
  const init: RequestInit = { method, credentials: "same-origin", headers: { Accept: "application/json", ...headers } };
  const stead = oneself ? null : acting();
  if (stead) init.headers = { ...init.headers, "Acting-For": stead.delegation };
  if (method !== "GET") {
    init.headers = { ...init.headers, "Content-Type": "application/json", "X-CSRF-Token": csrf };
    init.body = JSON.stringify(body ?? {});
  }
  let answer: Response;
  try {
    answer = await fetch(url, init);
  } catch {
    throw new ApiError("unavailable", "network", { zh: "", en: "" });
  }
  const content: unknown = answer.status === 204 ? null : await answer.json().catch(() => undefined);
  if (!answer.ok) {
    const error = errorOf(answer.status, content);
    // The delegation is over: what follows is asked in the reader's own name.
    if (error.code === "no-delegation" && stead?.delegation === acting()?.delegation) actFor(null);
    throw error;
  }
  if (content === undefined) throw new ApiError("problem", "unreadable-answer", { zh: "", en: "" });
  return content as T;
}

export const part = encodeURIComponent;

/** Keeps the token of the session that an answer brings. */
export function remember(me: Me): Me {
  csrf = me.csrf ?? "";
  return me;
}

/** Every request that the portal makes. */
export const api = {
  me: async (): Promise<Me | null> => {
    try {
      return remember(await call<Me>("GET", "/api/me"));
    } catch (error) {
      if (error instanceof ApiError && error.kind === "unauthenticated") return null;
      throw error;
    }
  },
  login: async (account: string, password: string) => remember(await call<Me>("POST", "/api/login", { body: { account, password } })),
  logout: () => call<Json>("POST", "/api/logout"),
  zone: () => call<Zone>("GET", "/api/zone"),
  services: () => call<Chapters>("GET", "/api/services"),
  service: (slug: string) => call<Service>("GET", `/api/services/${part(slug)}`),
  serviceCases: (slug: string, query: { cursor?: string; status?: string; limit?: number }) =>
    call<CasePage>("GET", `/api/services/${part(slug)}/cases`, { query }),
  cases: (query: { cursor?: string; limit?: number }) => call<CasePage>("GET", "/api/cases", { query }),
  /** Opens a case; a service with several opening actions is told which. */
  open: (slug: string, action: string | undefined, input: JsonObject, key: string) =>
    call<CaseView>("POST", `/api/services/${part(slug)}/cases`, { query: { action }, body: input, headers: { "Idempotency-Key": key } }),
  case: (id: string) => call<CaseView>("GET", `/api/cases/${part(id)}`),
  act: (id: string, action: string, input: JsonObject, key: string) =>
    call<CaseView>("POST", `/api/cases/${part(id)}/${part(action)}`, { body: input, headers: { "Idempotency-Key": key } }),
  /** Acts on a case in the reader's own name, also while acting for another. */
  actOneself: (id: string, action: string, input: JsonObject, key: string) =>
    call<CaseView>("POST", `/api/cases/${part(id)}/${part(action)}`, { body: input, headers: { "Idempotency-Key": key }, oneself: true }),
  delegations: () => call<Delegations>("GET", "/api/delegations"),
  events: (id: string) => call<{ events: CaseEvent[] }>("GET", `/api/cases/${part(id)}/events`),
  /** A query of a case; null if the case has no such thing yet. */
  look: async <T>(id: string, query: string): Promise<T | null> => {
    try {
      return await call<T>("GET", `/api/cases/${part(id)}/${part(query)}`);
    } catch (error) {
      if (error instanceof ApiError && (error.kind === "not-found" || error.kind === "refusal")) return null;
      throw error;
    }
  },
  ask: <T>(slug: string, question: string, input: JsonObject) => call<T>("POST", `/api/services/${part(slug)}/ask/${part(question)}`, { body: input }),
};

/** A fresh idempotency key (UUID version 4); `crypto.randomUUID` exists only on https and localhost. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
