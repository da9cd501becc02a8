/** Drafts in this browser: only what could not be sent to the server yet, kept under the account. */
import type { ServerDraft } from "../api/portal";
import type { Json, JsonObject } from "../api/types";

export interface LocalDraft {
  action: string;
  answers: JsonObject;
  /** When it was saved, RFC 3339. */
  saved_at: string;
}

const keyOf = (account: string, slug: string) => `qianhai.draft.${account}.${slug}`;

export function loadDraft(account: string, slug: string): LocalDraft | null {
  try {
    const draft = JSON.parse(localStorage.getItem(keyOf(account, slug)) ?? "null") as LocalDraft | null;
    return draft && typeof draft.answers === "object" && draft.answers !== null ? draft : null;
  } catch {
    return null;
  }
}

export function saveDraft(account: string, slug: string, draft: LocalDraft): boolean {
  try {
    localStorage.setItem(keyOf(account, slug), JSON.stringify(draft));
    return true;
  } catch {
    return false; // The browser keeps no storage or it is full: the form works on without it.
  }
}

export const dropDraft = (account: string, slug: string) => localStorage.removeItem(keyOf(account, slug));

export interface Begun {
  answers: JsonObject;
  /** The server's version that these answers follow; 0 if it has none. */
  version: number;
  saved_at: string;
  /** These answers have not reached the server. */
  local: boolean;
  /** The server's draft is of another action and would be replaced. */
  replaces: boolean;
}

/** What the form begins with: the later of the two drafts that is of this action. */
export function begin(server: ServerDraft | null, local: LocalDraft | null, action: string): Begun {
  const version = server?.version ?? 0;
  const replaces = server !== null && server.action !== action;
  const ours = server && !replaces ? server : null;
  const mine = local?.action === action ? local : null;
  if (mine && (!ours || Date.parse(mine.saved_at) > Date.parse(ours.saved_at))) return { answers: mine.answers, version, saved_at: mine.saved_at, local: true, replaces };
  return { answers: ours?.answers ?? {}, version, saved_at: ours?.saved_at ?? "", local: false, replaces };
}

/** Answers as a text in which nothing counts but what was entered: a form makes empty lists and objects for what it merely shows. */
export function written(value: Json | undefined): string {
  const kept = (v: Json | undefined): Json | undefined => {
    if (v === undefined || v === null || v === "") return undefined;
    if (Array.isArray(v)) return v.length > 0 ? v.map((item) => kept(item) ?? null) : undefined;
    if (typeof v !== "object") return v;
    const fields = Object.keys(v).sort().map((name) => [name, kept(v[name])] as const).filter(([, field]) => field !== undefined);
    return fields.length > 0 ? (Object.fromEntries(fields) as JsonObject) : undefined;
  };
  return JSON.stringify(kept(value) ?? {});
}
